#!/usr/bin/env python3
"""What benchmarks/gpu/check measures, in this machine's PyTorch: eager, compiled, in CUDA graphs.

Writes the results as JMH does, in microseconds an operation, so that one program reads both.
"""
import argparse
import json
import statistics
import sys
import time

import torch
from torch import nn


class Clock:
    """The median of a few timings, each of enough repetitions, the device waited for."""

    def __init__(self, device, deadline, quick):
        self.device = device
        self.deadline = deadline
        self.timing = 0.02 if quick else 0.2

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def time(self, work, repetitions):
        self.synchronize()
        start = time.perf_counter()
        for _ in range(repetitions):
            work()
        self.synchronize()
        return (time.perf_counter() - start) / repetitions

    def microseconds(self, work):
        for _ in range(3):
            work()
        once = max(self.time(work, 1), 1e-7)
        repetitions = max(1, min(1000, int(self.timing / once)))
        return statistics.median(self.time(work, repetitions) for _ in range(5)) * 1e6

    def is_over(self):
        return time.monotonic() > self.deadline



class Training:
    """nn.Linear, CrossEntropyLoss and SGD on batches of consecutive rows."""

    def __init__(self, device, dtype, rows, features, classes, batch, rate, valid_rows=0):
        generator = torch.Generator().manual_seed(42)
        self.x = torch.rand(rows, features, generator=generator, dtype=dtype).to(device) * 2 - 1
        self.y = torch.randint(classes, (rows,), generator=generator).to(device)
        self.valid_x = torch.rand(valid_rows, features, generator=generator, dtype=dtype).to(device)
        self.valid_y = torch.randint(classes, (valid_rows,), generator=generator).to(device)
        self.model = nn.Linear(features, classes, dtype=dtype, device=device)
        self.loss = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=rate)
        self.batches = [(i, min(i + batch, rows)) for i in range(0, rows, batch)]
        self.total = torch.zeros((), dtype=dtype, device=device)

    def step(self, x, y):
        self.optimizer.zero_grad(set_to_none=False)
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def epoch(self, step=None):
        step = step or self.step
        self.total.zero_()
        for first, last in self.batches:
            self.total += step(self.x[first:last], self.y[first:last])
        return self.total

    def validate(self):
        with torch.no_grad():
            logits = self.model(self.valid_x)
            correct = (logits.argmax(1) == self.valid_y).to(logits.dtype).mean()
            return self.loss(logits, self.valid_y), correct

    def in_graph(self, work):
        """Records the work and gives what replays it."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                work()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            work()
        return graph.replay


def require_right(training):
    """The first batch's gradient, by hand: otherwise the times would be of something else."""
    first, last = training.batches[0]
    x, y = training.x[first:last], training.y[first:last]
    training.optimizer.zero_grad(set_to_none=False)
    training.loss(training.model(x), y).backward()
    p = torch.softmax(x @ training.model.weight.T + training.model.bias, 1).detach()
    p[torch.arange(len(y)), y] -= 1
    expected = p.T @ x / len(y)
    tolerance = 1e-10 if x.dtype == torch.float64 else 1e-3
    if not torch.allclose(training.model.weight.grad, expected, rtol=tolerance, atol=tolerance):
        sys.exit("pytorch_gpu: PyTorch's gradient is not what it must be")


def fit_forms(training, epochs, on_gpu):
    def eager():
        for _ in range(epochs):
            (training.epoch() / len(training.batches)).item()
            loss, accuracy = training.validate()
            loss.item(), accuracy.item()

    yield "eager", lambda: eager

    def compiled():
        step = torch.compile(training.step)

        def fit():
            for _ in range(epochs):
                (training.epoch(step) / len(training.batches)).item()
                loss, accuracy = training.validate()
                loss.item(), accuracy.item()

        return fit

    yield "compile", compiled
    if on_gpu:

        def graph():
            results = torch.zeros(3, dtype=training.x.dtype, device=training.x.device)

            def one():
                results[0] = training.epoch() / len(training.batches)
                results[1], results[2] = training.validate()

            replay = training.in_graph(one)

            def fit():
                for _ in range(epochs):
                    replay()
                    results.tolist()

            return fit

        yield "graph", graph


def epoch_forms(training, on_gpu):
    yield "eager", lambda: lambda: training.epoch().item()

    def compiled():
        step = torch.compile(training.step)
        return lambda: training.epoch(step).item()

    yield "compile", compiled
    if on_gpu:

        def graph():
            replay = training.in_graph(training.epoch)
            return lambda: (replay(), training.total.item())

        yield "graph", graph


def measure(clock, results, name, params, forms):
    for form, make in forms:
        if clock.is_over():
            print(f"{name}.{form} {params}: no time left", flush=True)
            continue
        try:
            score = clock.microseconds(make())
        except Exception as e:  # a form that does not work here is not measured
            print(f"{name}.{form} {params}: {type(e).__name__}: {str(e).splitlines()[:1]}", flush=True)
            continue
        print(f"{name}.{form} {params}: {score:.1f} us", flush=True)
        results.append(
            {
                "benchmark": f"pytorch.{name}.{form}",
                "mode": "avgt",
                "params": {key: str(value) for key, value in params.items()},
                "primaryMetric": {"score": score, "scoreUnit": "us/op"},
            }
        )


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", required=True)
    arguments.add_argument("--seconds", type=float, default=220)
    arguments.add_argument("--device", default="cuda")
    arguments.add_argument("--quick", action="store_true", help="only to try this script")
    options = arguments.parse_args()
    device = torch.device(options.device)
    on_gpu = device.type == "cuda"
    clock = Clock(device, time.monotonic() + options.seconds, options.quick)
    results = []
    torch.manual_seed(42)
    torch.backends.cuda.matmul.allow_tf32 = False
    print(f"PyTorch {torch.__version__} on {device}", flush=True)

    for name, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        training = Training(device, dtype, 100, 5, 3, 33, 0.01, 10_000)
        require_right(training)
        measure(clock, results, "fit", {"type": name}, fit_forms(training, 16, on_gpu))

    sizes = [256, 512, 1024, 4096, 8192, 16_384, 32_768, 3, 32, 128, 131_072]
    mebibytes = 1 if options.quick else 256
    for columns in sizes:
        x = torch.rand((mebibytes << 18) // columns, columns, device=device)
        out = torch.empty_like(x)
        forms = [
            ("eager", lambda x=x, out=out: lambda: torch.softmax(x, 1, out=out)),
            ("copy", lambda x=x, out=out: lambda: out.copy_(x)),
        ]
        measure(clock, results, "softmax", {"type": "float32", "columns": columns}, forms)

    problems = [(60_000, 784, 10, 128), (8_192, 1_024, 1_000, 1_024)]
    if options.quick:
        problems = [(600, 784, 10, 128)]
    for rows, features, classes, batch in problems:
        for name, dtype in (("float32", torch.float32), ("float64", torch.float64)):
            training = Training(device, dtype, rows, features, classes, batch, 1e-3)
            require_right(training)
            problem = f"{rows}x{features},{classes}/{batch}"
            params = {"type": name, "problem": problem}
            measure(clock, results, "epoch", params, epoch_forms(training, on_gpu))

    with open(options.out, "w") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
