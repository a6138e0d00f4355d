#!/usr/bin/env python3
"""What benchmarks/gpu/check measures, in this machine's PyTorch: eager and in CUDA graphs.

Every result is a line of JSON, written the moment it is known, in microseconds an operation. The
work is the same as Rowwise's: the same targets, and the results of an epoch told as often.

Exit status: 0 all was measured, 1 something was not, 4 there is no PyTorch.
"""
import argparse
import json
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except ImportError:
    print("this machine's python3 has no PyTorch", flush=True)
    sys.exit(4)

SAMPLES = 7


class Clock:
    """The median of a few timings, each of enough repetitions, the device waited for."""

    def __init__(self, device, deadline, seconds):
        self.device = device
        self.deadline = deadline
        self.seconds = seconds

    def synchronize(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def time(self, work, repetitions):
        self.synchronize()
        start = time.perf_counter()
        for _ in range(repetitions):
            work()
        self.synchronize()
        return (time.perf_counter() - start) / repetitions * 1e6

    def microseconds(self, work):
        """As Rowwise's: a warm-up of a third of the time, then the samples."""
        calls, start = 0, time.perf_counter()
        while calls < 2 or time.perf_counter() - start < self.seconds / 3:
            work()
            self.synchronize()
            calls += 1
        once = (time.perf_counter() - start) / calls
        repetitions = max(1, round(self.seconds / SAMPLES / once))
        return sorted(self.time(work, repetitions) for _ in range(SAMPLES))

    def is_over(self):
        return time.monotonic() > self.deadline


class Training:
    """nn.Linear, CrossEntropyLoss and SGD on batches of consecutive rows."""

    def __init__(self, device, dtype, targets, rows, features, classes, batch, rate, valid_rows=0):
        generator = torch.Generator().manual_seed(42)

        def labels(count):
            indices = torch.randint(classes, (count,), generator=generator)
            if targets == "one-hot":
                return nn.functional.one_hot(indices, classes).to(dtype).to(device)
            return indices.to(device)

        self.x = torch.rand(rows, features, generator=generator, dtype=dtype).to(device) * 2 - 1
        self.y = labels(rows)
        self.valid_x = torch.rand(valid_rows, features, generator=generator, dtype=dtype).to(device)
        self.valid_y = labels(valid_rows)
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

    def epoch(self):
        self.total.zero_()
        for first, last in self.batches:
            self.total += self.step(self.x[first:last], self.y[first:last])
        self.total /= len(self.batches)
        return self.total

    def watched_epoch(self, results):
        """An epoch and its validation: the three numbers that a fit tells of."""
        results[0] = self.epoch()
        with torch.no_grad():
            logits = self.model(self.valid_x)
            wanted = self.valid_y.argmax(1) if self.valid_y.dim() == 2 else self.valid_y
            results[1] = self.loss(logits, self.valid_y)
            results[2] = (logits.argmax(1) == wanted).to(logits.dtype).mean()


def in_graph(work):
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
    if y.dim() == 2:
        p -= y
    else:
        p[torch.arange(len(y)), y] -= 1
    expected = p.T @ x / len(y)
    tolerance = 1e-10 if x.dtype == torch.float64 else 1e-3
    if not torch.allclose(training.model.weight.grad, expected, rtol=tolerance, atol=tolerance):
        raise ValueError("PyTorch's gradient is not what it must be")


class Measurements:
    def __init__(self, clock, file, device, quick):
        self.clock = clock
        self.file = file
        self.device = device
        self.quick = quick
        self.forms = ["eager", "graph"] if device.type == "cuda" else ["eager"]
        self.all = True

    def tell(self, name, parameters, **values):
        parameters = {key: str(value) for key, value in parameters.items()}
        line = {"name": f"pytorch.{name}", "parameters": parameters, **values}
        with open(self.file, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        shown = " ".join(f"{value:.1f}" if isinstance(value, float) else value
                         for value in values.values())
        print(f"pytorch.{name} {parameters}: {shown}", flush=True)

    def measure(self, name, parameters, make):
        """Times what make() gives; what does not work here is said, and the rest goes on."""
        try:
            if self.clock.is_over():
                raise TimeoutError("no time left")
            samples = self.clock.microseconds(make())
        except Exception as e:
            self.all = False
            reason = f"{type(e).__name__}: {(str(e).splitlines() or [''])[0]}"
            self.tell(name, parameters, **{"not measured": reason})
            return
        self.tell(
            name, parameters, us=statistics.median(samples), least=samples[0], most=samples[-1]
        )

    def softmax(self, columns):
        parameters = {"type": "float32", "columns": columns}
        x = torch.rand(((1 if self.quick else 256) << 18) // columns, columns, device=self.device)
        out = torch.empty_like(x)
        self.measure("softmax.eager", parameters, lambda: lambda: torch.softmax(x, 1, out=out))
        # Between two gapless tensors this is the driver's copy.
        self.measure("copy.eager", parameters, lambda: lambda: out.copy_(x))

    def fit(self, kind, targets):
        epochs = 16
        dtype = getattr(torch, kind)

        def prepared():
            training = Training(self.device, dtype, targets, 100, 5, 3, 33, 0.01, 10_000)
            require_right(training)
            return training, torch.zeros(epochs, 3, dtype=dtype, device=self.device)

        def fit(form, every_epoch):
            training, results = prepared()
            if form == "graph":
                one = torch.zeros(3, dtype=dtype, device=self.device)
                replay = in_graph(lambda: training.watched_epoch(one))

                def epoch(i):
                    replay()
                    results[i] = one
            else:

                def epoch(i):
                    training.watched_epoch(results[i])

            def work():
                for i in range(epochs):
                    epoch(i)
                    if every_epoch:
                        results[i].tolist()
                if not every_epoch:
                    results.tolist()

            return work

        for form in self.forms:
            for told, every_epoch in (("told-at-end", False), ("told-every-epoch", True)):
                self.measure(
                    f"fit.{form}.{told}",
                    {"type": kind, "targets": targets},
                    lambda: fit(form, every_epoch),
                )

    def epoch(self, kind, problem, targets):
        rows, features, classes, batch = problem

        def epoch(form):
            dtype = getattr(torch, kind)
            training = Training(self.device, dtype, targets, rows, features, classes, batch, 1e-3)
            require_right(training)
            if form == "eager":
                return lambda: training.epoch().item()
            replay = in_graph(training.epoch)
            return lambda: (replay(), training.total.item())

        parameters = {
            "type": kind,
            "problem": f"{rows}x{features},{classes}/{batch}",
            "targets": targets,
        }
        for form in self.forms:
            self.measure(f"epoch.{form}", parameters, lambda: epoch(form))

    def prediction(self, kind, rows):
        """From rows on the host to probabilities on the host."""

        def predict(form):
            dtype = getattr(torch, kind)
            model = nn.Linear(784, 10, dtype=dtype, device=self.device)
            host = (torch.arange(rows * 784) % 7 - 3).to(dtype).reshape(rows, 784)
            x = torch.empty(rows, 784, dtype=dtype, device=self.device)
            out = torch.empty(rows, 10, dtype=dtype, device=self.device)

            def on_device():
                with torch.no_grad():
                    torch.softmax(model(x), 1, out=out)

            run = in_graph(on_device) if form == "graph" else on_device

            def work():
                x.copy_(host)
                run()
                return out.cpu()

            return work

        for form in self.forms:
            self.measure(
                f"prediction.{form}", {"type": kind, "rows": rows}, lambda: predict(form)
            )


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", required=True, help="the file to add the results to")
    arguments.add_argument("--seconds", type=float, default=50)
    arguments.add_argument("--device", default="cuda")
    arguments.add_argument("--quick", action="store_true", help="tiny sizes, to try this script")
    options = arguments.parse_args()
    device = torch.device(options.device)
    deadline = time.monotonic() + options.seconds
    print(f"PyTorch {torch.__version__} on {device}", flush=True)
    if device.type == "cuda":
        print(torch.cuda.get_device_name(device), flush=True)
    torch.manual_seed(42)
    torch.backends.cuda.matmul.allow_tf32 = False
    clock = Clock(device, deadline, 0.01 if options.quick else 0.3)
    measurements = Measurements(clock, options.out, device, options.quick)

    # What the aims are held against first, and all of it with Rowwise's kind of targets.
    measurements.fit("float64", "one-hot")
    for columns in (256, 512, 1024, 4096, 8192, 16_384, 32_768):
        measurements.softmax(columns)
    problems = [(600, 784, 10, 128)]
    if not options.quick:
        problems = [(60_000, 784, 10, 128), (8_192, 1_024, 1_000, 1_024)]
    measurements.epoch("float32", problems[0], "one-hot")
    measurements.fit("float32", "one-hot")
    for problem in problems:
        for kind in ("float32", "float64"):
            if (kind, problem) != ("float32", problems[0]):
                measurements.epoch(kind, problem, "one-hot")
    for rows in (1,) if options.quick else (1, 10_000):
        for kind in ("float32", "float64"):
            measurements.prediction(kind, rows)
    # What PyTorch's users would do, which Rowwise has nothing like.
    measurements.fit("float64", "indices")
    measurements.epoch("float32", problems[0], "indices")
    for columns in (32, 128, 3, 131_072):
        measurements.softmax(columns)
    print("== done", flush=True)
    sys.exit(0 if measurements.all else 1)


if __name__ == "__main__":
    main()
