/*
 * Lets User Mode Linux 6.1 run on processors whose floating-point state is larger than it has room for (those with AMX:
 * 11008 bytes instead of 2696). It is preloaded into it by `run.sh`, on such machines only.
 *
 * That kernel reads the beginning of the state of its processes, which is all that programs without AMX use, and writes
 * the beginning back. Reading so is allowed; writing less than the whole is refused (EFAULT). So the rest is added here,
 * as it is at that moment.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

typedef long (*Ptrace)(enum __ptrace_request, ...);

long ptrace(enum __ptrace_request request, ...)
{
	static Ptrace real;
	static char whole[1 << 16];
	va_list given;
	va_start(given, request);
	pid_t pid = va_arg(given, pid_t);
	void *address = va_arg(given, void *);
	void *data = va_arg(given, void *);
	va_end(given);

	if (real == NULL)
		real = (Ptrace)dlsym(RTLD_NEXT, "ptrace");
	if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE) {
		struct iovec *part = data;
		struct iovec all = {whole, sizeof whole};
		if (real(PTRACE_GETREGSET, pid, address, &all) == 0 && all.iov_len > part->iov_len) {
			memcpy(whole, part->iov_base, part->iov_len);
			return real(request, pid, address, &all);
		}
	}
	return real(request, pid, address, data);
}
