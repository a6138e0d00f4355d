#!/usr/bin/env python3
"""The work of the JMH suites in PyTorch on the CPU: prints their JSON.

Each piece of work is done in the forms that its users could write - by hand into given results,
with nn.Linear and an optimizer, by torch.compile - and with one thread and with all; the fastest of
the forms is told. A form is checked against float64 arithmetic by hand before it is timed. Of the
fastest form of a single row's prediction, single calls are sampled too.

    python3 pytorch_cpu.py [--compile] [--threads 1 2] [--suites Epoch] [--operations SOFTMAX] \
        [--contender python] > results.json
"""

import argparse
import gc
import json
import math
import statistics
import sys
import time

import torch

PACKAGE = "io.rowwise.benchmarks.jmh."
RATE = 0.01
SUITES = ["NotebookFit", "Epoch", "Prediction", "RowOperations"]
OPERATIONS = ["SOFTMAX", "LOG_SOFTMAX", "CROSS_ENTROPY", "GRADIENT", "COPY"]
TYPES = {"float32": torch.float32, "float64": torch.float64}


class Problem:
    """Rows to train on and starting parameters; what they are does not matter to the time."""

    def __init__(self, rows, features, classes, batch, epochs, validation, dtype):
        generator = torch.Generator().manual_seed(rows + features)

        def uniform(*shape):
            values = torch.rand(*shape, generator=generator, dtype=torch.float64)
            return (values - 0.5).to(dtype)

        self.rows, self.features, self.classes = rows, features, classes
        self.batch, self.epochs, self.dtype = batch, epochs, dtype
        self.x = uniform(rows, features)
        self.labels = torch.randint(classes, (rows,), generator=generator)
        self.y = torch.nn.functional.one_hot(self.labels, classes).to(dtype)
        self.valid_x = uniform(validation, features) if validation else None
        self.valid_labels = (
            torch.randint(classes, (validation,), generator=generator) if validation else None
        )
        self.weights = uniform(features, classes)
        self.bias = uniform(classes)

    def batches(self):
        for start in range(0, self.rows, self.batch):
            end = min(self.rows, start + self.batch)
            yield self.x[start:end], self.y[start:end], self.labels[start:end]


def validated(logits, labels):
    """Cross-entropy and accuracy, on the host."""
    loss = torch.nn.functional.cross_entropy(logits, labels).item()
    return loss, (logits.argmax(1) == labels).to(torch.float64).mean().item()


class ByHand:
    """Into given results wherever there is a way."""

    def __init__(self, problem):
        self.problem = problem
        self.weights, self.bias = problem.weights.clone(), problem.bias.clone()
        self.work = []
        for x, y, labels in problem.batches():
            rows = x.shape[0]
            logits = torch.empty(rows, problem.classes, dtype=problem.dtype)
            logs = torch.empty_like(logits)
            self.work.append((x, x.t(), y, labels.unsqueeze(1), rows, logits, logs))
        if problem.valid_x is not None:
            self.valid = torch.empty(problem.valid_x.shape[0], problem.classes, dtype=problem.dtype)

    def run(self):
        for _ in range(self.problem.epochs):
            loss = torch.zeros((), dtype=self.problem.dtype)
            for x, turned, y, labels, rows, logits, logs in self.work:
                torch.addmm(self.bias, x, self.weights, out=logits)
                torch._log_softmax(logits, 1, False, out=logs)
                loss -= logs.gather(1, labels).sum() / rows
                logs.exp_().sub_(y)
                self.weights.addmm_(turned, logs, alpha=-RATE / rows)
                self.bias.add_(logs.sum(0), alpha=-RATE / rows)
            loss.item()
            if self.problem.valid_x is not None:
                torch.addmm(self.bias, self.problem.valid_x, self.weights, out=self.valid)
                validated(self.valid, self.problem.valid_labels)

    def parameters(self):
        return self.weights, self.bias


class Module:
    """nn.Linear, cross_entropy, SGD."""

    def __init__(self, problem):
        self.problem = problem
        self.layer = torch.nn.Linear(problem.features, problem.classes, dtype=problem.dtype)
        with torch.no_grad():
            self.layer.weight.copy_(problem.weights.t())
            self.layer.bias.copy_(problem.bias)
        self.optimizer = torch.optim.SGD(self.layer.parameters(), lr=RATE)
        self.batches = [(x, labels) for x, _, labels in problem.batches()]

    def loss(self, x, labels):
        return torch.nn.functional.cross_entropy(self.layer(x), labels)

    def run(self):
        for _ in range(self.problem.epochs):
            total = torch.zeros((), dtype=self.problem.dtype)
            for x, labels in self.batches:
                self.optimizer.zero_grad()
                loss = self.loss(x, labels)
                loss.backward()
                self.optimizer.step()
                total += loss.detach()
            total.item()
            if self.problem.valid_x is not None:
                with torch.no_grad():
                    validated(self.layer(self.problem.valid_x), self.problem.valid_labels)

    def parameters(self):
        return self.layer.weight.detach().t(), self.layer.bias.detach()


class Compiled(Module):
    """The same, its loss compiled."""

    def __init__(self, problem):
        super().__init__(problem)
        layer = self.layer
        self.compiled = torch.compile(
            lambda x, labels: torch.nn.functional.cross_entropy(layer(x), labels)
        )

    def loss(self, x, labels):
        return self.compiled(x, labels)


def require_near(what, expected, actual, dtype):
    tolerance = 1e-10 if dtype == torch.float64 else 1e-4
    largest = expected.abs().max().item()
    difference = (expected - actual.to(torch.float64)).abs().max().item()
    if not difference <= tolerance * largest:
        sys.exit(f"{what}: off by {difference}, the largest number is {largest}")


def reference(problem):
    """What the parameters are after a run, in float64."""
    weights, bias = problem.weights.to(torch.float64), problem.bias.to(torch.float64)
    for _ in range(problem.epochs):
        for x, y, _ in problem.batches():
            x, y = x.to(torch.float64), y.to(torch.float64)
            gradient = (torch.softmax(x @ weights + bias, 1) - y) / x.shape[0]
            weights, bias = weights - RATE * x.t() @ gradient, bias - RATE * gradient.sum(0)
    return weights, bias


def median_time(run, least_seconds):
    """Microseconds of a run: the median of at least nine samples, after a warm-up."""
    run()
    start = time.perf_counter()
    run()
    once = max(time.perf_counter() - start, 1e-7)
    loops = max(1, int(0.02 / once))
    end = time.perf_counter() + least_seconds / 2
    while time.perf_counter() < end:
        run()
    samples = []
    end = time.perf_counter() + least_seconds
    while len(samples) < 9 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(loops):
            run()
        samples.append((time.perf_counter() - start) / loops * 1e6)
    return samples


def sampled(run, seconds):
    """Microseconds of single calls, sorted."""
    samples = []
    end = time.perf_counter() + seconds
    while len(samples) < 9 or time.perf_counter() < end:
        start = time.perf_counter_ns()
        run()
        samples.append((time.perf_counter_ns() - start) / 1e3)
    return sorted(samples)


def percentiles(samples):
    """As JMH names them: the smallest sample that so many percent do not exceed."""
    last = len(samples) - 1
    wanted = ["0.0", "50.0", "90.0", "95.0", "99.0", "99.9", "99.99", "100.0"]
    return {
        each: samples[min(last, max(0, math.ceil(len(samples) * float(each) / 100) - 1))]
        for each in wanted
    }


results = []


def tell(benchmark, mode, contender, params, form, samples, **metric):
    results.append(
        {
            "benchmark": PACKAGE + benchmark,
            "mode": mode,
            "params": {"contender": contender, **params},
            "form": form,
            "primaryMetric": {
                "score": statistics.fmean(samples),
                "scoreUnit": "us/op",
                **metric,
            },
        }
    )
    median = statistics.median(samples)
    print(benchmark, mode, contender, params, form, median, file=sys.stderr)


def told(benchmark, params, forms, contender, seconds):
    """Times all forms, keeps the fastest one's, and gives that form."""
    best = None
    gc.disable()
    for form, run in forms.items():
        samples = median_time(run, seconds)
        if best is None or statistics.median(samples) < statistics.median(best[1]):
            best = (form, samples)
    gc.enable()
    form, samples = best
    tell(benchmark, "avgt", contender, params, form, samples, rawData=[samples])
    return form


def training(benchmark, params, shape, contender, arguments):
    dtype = TYPES[params["type"]]
    forms = [ByHand, Module] + ([Compiled] if arguments.compile else [])
    runs = {}
    for form in forms:
        small = Problem(shape[0] // 50 + 40, *shape[1:3], min(shape[3], 64), 2, 0, dtype)
        trained = form(small)
        trained.run()
        for expected, actual in zip(reference(small), trained.parameters()):
            require_near(f"{benchmark} {form.__name__}", expected, actual, dtype)
        runs[form.__name__] = form(Problem(*shape, dtype)).run
    told(benchmark, params, runs, contender, arguments.seconds)


def prediction(type_name, rows, contender, arguments):
    problem = Problem(rows, 784, 10, rows, 1, 0, TYPES[type_name])
    logits = torch.empty(rows, 10, dtype=problem.dtype)
    out = torch.empty_like(logits)
    layer = torch.nn.Linear(784, 10, dtype=problem.dtype)
    with torch.no_grad():
        layer.weight.copy_(problem.weights.t())
        layer.bias.copy_(problem.bias)

    def by_hand():
        torch.addmm(problem.bias, problem.x, problem.weights, out=logits)
        torch.softmax(logits, 1, out=out)
        return out

    def module():
        return torch.softmax(layer(problem.x), 1)

    forms = {"by hand": by_hand, "module": module}
    if arguments.compile:
        forms["compiled"] = torch.compile(module)
    wide = problem.x.to(torch.float64) @ problem.weights.to(torch.float64)
    expected = torch.softmax(wide + problem.bias.to(torch.float64), 1)
    with torch.inference_mode():
        for form, run in forms.items():
            require_near(f"Prediction {form}", expected, run(), problem.dtype)
        params = {"type": type_name, "rows": str(rows)}
        form = told("Prediction.run", params, forms, contender, arguments.seconds)
        if rows == 1:
            samples = sampled(forms[form], arguments.seconds)
            spread = percentiles(samples)
            tell(
                "Prediction.run",
                "sample",
                contender,
                params,
                form,
                samples,
                scorePercentiles=spread,
            )


def row_operations(operation, type_name, columns, contender, arguments):
    rows, dtype = 10_000, TYPES[type_name]
    generator = torch.Generator().manual_seed(columns)
    wide = torch.rand(rows, columns, generator=generator, dtype=torch.float64) * 8 - 4
    z = wide.to(dtype)
    wide = z.to(torch.float64)
    labels = torch.randint(columns, (rows,), generator=generator)
    y = torch.nn.functional.one_hot(labels, columns).to(dtype)
    out = torch.empty_like(z)
    expected = {
        "SOFTMAX": lambda: torch.softmax(wide, 1),
        "LOG_SOFTMAX": lambda: torch.log_softmax(wide, 1),
        "CROSS_ENTROPY": lambda: torch.nn.functional.cross_entropy(wide, labels),
        "GRADIENT": lambda: (torch.softmax(wide, 1) - y) / rows,
        "COPY": lambda: wide,
    }[operation]()

    def gradient():
        torch.softmax(z, 1, out=out)
        return out.sub_(y).mul_(1 / rows)

    run = {
        "SOFTMAX": lambda: torch.softmax(z, 1, out=out),
        "LOG_SOFTMAX": lambda: torch._log_softmax(z, 1, False, out=out),
        "CROSS_ENTROPY": lambda: torch.nn.functional.cross_entropy(z, labels),
        "GRADIENT": gradient,
        "COPY": lambda: out.copy_(z),
    }[operation]
    with torch.inference_mode():
        require_near(operation, expected, run(), dtype)
        params = {
            "type": type_name,
            "operation": operation,
            "rows": str(rows),
            "columns": str(columns),
        }
        told("RowOperations.run", params, {"into a given result": run}, contender, arguments.seconds)


def measure(contender, arguments):
    """All work, with as many threads as are set."""
    if "NotebookFit" in arguments.suites:
        notebook = (100, 5, 3, 33, 16, 10_000)
        training("NotebookFit.run", {"type": "float64"}, notebook, contender, arguments)
    for type_name in TYPES:
        if "Epoch" in arguments.suites:
            for problem in ("60000x784/10/128", "8192x1024/1000/1024"):
                shape = [int(number) for number in problem.replace("x", "/").split("/")]
                params = {"type": type_name, "problem": problem}
                training("Epoch.run", params, (*shape, 1, 0), contender, arguments)
        if "Prediction" in arguments.suites:
            for rows in (1, 10_000):
                prediction(type_name, rows, contender, arguments)
        if "RowOperations" in arguments.suites:
            for operation in arguments.operations:
                for columns in (3, 10, 32, 100, 1000, 10_000):
                    row_operations(operation, type_name, columns, contender, arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compile", action="store_true", help="torch.compile as well, where PyTorch has it")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--suites", nargs="+", choices=SUITES, default=SUITES)
    parser.add_argument("--contender", default="python", help="what the results call it")
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=OPERATIONS)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each measurement")
    arguments = parser.parse_args()
    # PyTorch 1 has none.
    arguments.compile = arguments.compile and hasattr(torch, "compile")
    print(f"PyTorch {torch.__version__}", file=sys.stderr)
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        contender = f"{arguments.contender}-{threads}-thread" + ("s" if threads > 1 else "")
        measure(contender, arguments)
    json.dump(results, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
