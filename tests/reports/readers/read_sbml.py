"""Simulate SBML documents with libRoadRunner: PATH DURATION SAMPLES RATE,RATE... of each; print tables as JSON."""

import json
import sys

import roadrunner

tables = {}
for job in json.loads(sys.argv[1]):
    model = roadrunner.RoadRunner(job["path"])
    model.integrator.relative_tolerance = 1e-11
    model.integrator.absolute_tolerance = 1e-13
    columns = ["time", *job["rates"]]
    result = model.simulate(0, job["duration"], job["samples"], columns)
    tables[job["path"]] = "\n".join(["\t".join(columns), *("\t".join(map(repr, map(float, row))) for row in result)])
json.dump(tables, sys.stdout)
