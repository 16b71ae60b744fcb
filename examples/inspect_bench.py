"""Bring up the bench, read it, and stop for a look around before the final step."""

from lager import Net, NetType, pause

psu = Net.get("supply1", type=NetType.PowerSupply)
dac = Net.get("dac1", type=NetType.DAC)
adcs = {f"adc{n}": Net.get(f"adc{n}", type=NetType.ADC) for n in range(1, 9)}

try:
    psu.set_current(0.5)
    psu.set_voltage(3.3)
    psu.enable()
    dac.output(1.25)

    readings = {name: adc.input() for name, adc in adcs.items()}
    for name, volts in readings.items():
        print(f"{name}: {volts:9.6f} V")

    pause("inspect bench before final step", interactive=True)

    final = adcs["adc1"].input()
    print(f"final: {final:.6f} V on adc1, {psu.current() * 1000:.1f} mA from supply1")
finally:
    psu.disable()
    print("supply1 is off:", not psu.output_is_enabled())
