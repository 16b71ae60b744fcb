"""Examples of the commands with which a bench is set up."""

from __future__ import annotations

from lager_cli.examples import Examples

EXAMPLES: dict[str, Examples] = {
    "boxes": (
        ("lager boxes", "the boxes you know, and how they are"),
        ("lager boxes add --name lab --ip 192.168.1.7 --token TOKEN", "one more"),
    ),
    "boxes list": (("lager boxes list --json", "the same, for a script"),),
    "boxes add": (
        ("lager boxes add --name lab --ip 192.168.1.7 --token TOKEN", "a box on the network"),
        ("lager boxes add --name lab --ip 192.168.1.7 --token TOKEN --tls", "one that was served with --tls"),
        ("lager boxes add --name mine --ip 127.0.0.1", "your own box on this machine"),
    ),
    "boxes add-all": (("lager boxes add-all", "what `tailscale status` lists"),),
    "boxes edit": (("lager boxes edit --name lab --ip 192.168.1.8", "it has a new address"),),
    "boxes delete": (("lager boxes delete --name lab", "forget a box; nothing happens to it"),),
    "boxes delete-all": (("lager boxes delete-all --yes", "forget all of them"),),
    "boxes lock": (("lager boxes lock --box lab", "have it for yourself"),),
    "boxes unlock": (
        ("lager boxes unlock --box lab", "let others use it again"),
        ("lager boxes unlock --box lab --force", "take it from who has it: ask him first"),
    ),
    "boxes export": (("lager boxes export -o boxes.json", "to give to a colleague; without tokens"),),
    "boxes import": (("lager boxes import boxes.json --merge", "add those of a colleague to yours"),),
    "nets": (
        ("lager nets", "what the bench has, instrument by instrument"),
        ("lager nets state", "and what all of them read"),
        ("lager nets --box lab --json", "of one box, for a script"),
    ),
    "nets list": (("lager nets list", "what the bench has, instrument by instrument"),),
    "nets add": (
        (
            "lager nets add VBAT adc AIN3 modbus-tcp://192.168.1.20",
            "name, role, channel and address, as in `lager instruments`",
        ),
    ),
    "nets add-all": (("lager nets add-all", "a net for each channel of what is plugged in"),),
    "nets add-batch": (("lager nets add-batch nets.json", "those of a file"),),
    "nets delete": (("lager nets delete VBAT adc", "its name and its role"),),
    "nets delete-all": (("lager nets delete-all --yes", "all of them"),),
    "nets rename": (("lager nets rename supply1 VCC", "call it what it is on your board"),),
    "nets show": (("lager nets show supply1", "all that is known of one net"),),
    "nets describe": (
        ('lager nets describe supply1 --description "3V3 of the board"', "what it is, for your colleagues"),
        ("lager nets describe supply1 --tag power --tag board-a", "words to find it by"),
    ),
    "nets set-script": (("lager nets set-script debug1 reset.JLinkScript", "keep a debugger's script with its net"),),
    "nets show-script": (("lager nets show-script debug1 > reset.JLinkScript", "have it back as a file"),),
    "nets remove-script": (("lager nets remove-script debug1 --backend jlink", "forget it"),),
    "nets state": (("lager nets state", "read all of them at once"),),
    "nets set-limits": (
        ("lager nets set-limits supply1 --max-voltage 3.6 --max-current 1", "nobody sets more, scripts included"),
        ("lager nets set-limits supply1 --clear", "no limit any more"),
    ),
    "nets limits": (("lager nets limits", "the limits of all nets"),),
    "nets set-safe": (
        ("lager nets set-safe supply1 --output off", "what `lager bench safe` does with it"),
        ("lager nets set-safe supply1 --clear", "leave it as it is"),
    ),
    "nets set-while-connected": (
        ("lager nets set-while-connected battery1 reconnect", "as old battery scripts expect it: off, set, on"),
        ("lager nets set-while-connected battery1 refuse", "never without being told, as it was"),
    ),
    "nets tui": (("lager nets tui", "give nets their names on a screen"),),
    "instruments": (
        ("lager instruments", "what is plugged in, and which nets it could serve"),
        ("lager instruments --box lab --json", "of one box, for a script"),
    ),
    "instruments list": (("lager instruments list", "what is plugged in"),),
    "instruments test": (
        ("lager instruments test supply1", "read all that can be read of it, changing nothing"),
        ("lager instruments test battery1 --yes", "bring the instrument into that role first"),
    ),
    "defaults": (
        ("lager defaults", "what is used where nothing else is asked for"),
        ("lager defaults add --box lab --supply-net supply1", "these, from now on"),
    ),
    "defaults list": (("lager defaults list --json", "the same, for a script"),),
    "defaults add": (
        ("lager defaults add --box lab", "the box to use where no --box is given"),
        ("lager defaults add --supply-net supply1", "then `lager supply state` is enough"),
    ),
    "defaults delete": (("lager defaults delete box", "no default box any more"),),
    "defaults delete-all": (("lager defaults delete-all --yes", "no defaults any more"),),
    "hello": (("lager hello --box lab", "does it answer, and which version is it?"),),
    "status": (("lager status", "services, nets, runs and lock of the box"), ("lager status --json", "for a script")),
    "completion": (
        ('eval "$(lager completion bash)"', "in this shell; in ~/.bashrc: in each"),
        ("lager completion fish > ~/.config/fish/completions/lager.fish", "for fish"),
    ),
    "completion bash": (('eval "$(lager completion bash)"', "in this shell; in ~/.bashrc: in each"),),
    "completion zsh": (('eval "$(lager completion zsh)"', "in this shell; in ~/.zshrc: in each"),),
    "completion fish": (("lager completion fish > ~/.config/fish/completions/lager.fish", "in each shell"),),
} | {
    f"defaults delete {one}": ((f"lager defaults delete {one}", "no such default any more"),)
    for one in (
        *("box", "user", "serial-port", "supply-net", "battery-net", "solar-net", "scope-net", "logic-net", "adc-net"),
        *("dac-net", "gpio-net", "debug-net", "eload-net", "usb-net", "webcam-net", "watt-meter-net"),
        *("thermocouple-net", "uart-net", "arm-net", "energy-net"),
    )
}
