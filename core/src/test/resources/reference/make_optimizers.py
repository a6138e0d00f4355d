"""Prints the parameters that PyTorch's optimizers come to, for StochasticSolversTest."""
import math

import numpy
import torch

ROWS, FEATURES, CLASSES, BATCH, EPOCHS, SEED, PENALTY = 7, 3, 3, 3, 4, 5, 0.05


def run(make, penalty=PENALTY):
    x = torch.tensor(
        [[math.sin(1 + i * FEATURES + k) for k in range(FEATURES)] for i in range(ROWS)],
        dtype=torch.float64)
    y = torch.tensor([0, 1, 1, 2, 0, 2, 2])
    # From zeros some gradients would be 0 but for rounding, of which Adam makes much.
    start = torch.tensor(
        [[0.1 * math.cos(k * CLASSES + j) for j in range(CLASSES)] for k in range(FEATURES + 1)],
        dtype=torch.float64)
    weights = start[:FEATURES].clone().requires_grad_()
    bias = start[FEATURES].clone().requires_grad_()
    optimizer = make(
        [{"params": [weights], "weight_decay": penalty}, {"params": [bias], "weight_decay": 0.0}])
    random = numpy.random.RandomState(SEED)
    batches = (ROWS + BATCH - 1) // BATCH
    for _ in range(EPOCHS):
        for batch in random.permutation(batches):
            rows = slice(batch * BATCH, (batch + 1) * BATCH)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(x[rows] @ weights + bias, y[rows]).backward()
            optimizer.step()
    return torch.cat([weights, bias[None]]).flatten().tolist()


for name, make in {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05),
}.items():
    print(name, run(make))
