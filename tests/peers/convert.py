"""Times pyxform, the reference converter: workbooks to XForm XML, in one warm process.

usage: convert.py RUNS OUT WORKBOOK...
Writes each XForm into the folder OUT and prints {"workbook": median seconds} as JSON.
"""

import json
import pathlib
import statistics
import sys
import time

from pyxform.xls2xform import convert


def main() -> None:
    runs, out = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    medians = {}
    for path in map(pathlib.Path, sys.argv[3:]):
        times = []
        for _ in range(runs):
            began = time.perf_counter()
            result = convert(str(path))
            times.append(time.perf_counter() - began)
        (out / f"{path.stem}.xml").write_text(result.xform, encoding="utf-8")
        medians[path.stem] = statistics.median(times)
    print(json.dumps(medians))


main()
