from mmsent import no_telemetry as no_telemetry  # before what a script imports; it says why
