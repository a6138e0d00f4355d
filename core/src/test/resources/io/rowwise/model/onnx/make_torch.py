"""Writes the models of this folder as PyTorch's exporter does: python3 make_torch.py"""

import torch


class Model(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.linear = torch.nn.Linear(4, 3, bias=kind != "nobias")
        with torch.no_grad():
            self.linear.weight.copy_(torch.arange(12.0).reshape(3, 4) / 8 - 0.5)
            if self.linear.bias is not None:
                self.linear.bias.copy_(torch.tensor([0.5, -0.25, 1.0]))
        self.register_buffer("mean", torch.tensor([0.5, 1.0, -2.0, 0.25]))
        self.register_buffer("deviation", torch.tensor([2.0, 0.5, 4.0, 0.25]))

    def forward(self, x):
        if self.kind == "image":
            return torch.log_softmax(self.linear(torch.flatten(x / 2, 1)), 1)
        if self.kind == "standardized":
            x = (x - self.mean) / self.deviation
        logits = self.linear(x)
        if self.kind == "softmax":
            return torch.softmax(logits, 1), logits.argmax(1)
        return logits


for kind in ["linear", "nobias", "softmax", "standardized", "image"]:
    shape = (1, 1, 2, 2) if kind == "image" else (1, 4)
    torch.onnx.export(
        Model(kind).eval(),
        torch.zeros(shape),
        kind + ".onnx",
        input_names=["x"],
        dynamic_axes={"x": {0: "N"}},
    )
