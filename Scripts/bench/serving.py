"""The peers' side of the lines of JSON that `instructcv bench model --on-request` speaks, too."""

import json
import os
import sys
import time

# Results have the standard output to themselves, whatever the libraries print.
results = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def peak_resident_byte_count():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def milliseconds(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e3


def serve(opening, run):
    """Prints `opening`, then runs once for each line of the standard input and tells the time."""
    print(json.dumps(opening), file=results)
    for line in sys.stdin:
        answer = {
            "name": line.strip(),
            "milliseconds": milliseconds(run),
            "peakResidentByteCount": peak_resident_byte_count(),
        }
        print(json.dumps(answer), file=results)
