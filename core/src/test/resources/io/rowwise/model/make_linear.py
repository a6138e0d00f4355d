"""Writes linear.safetensors: the layer that PyTorch trained for the notebook, as
safetensors.torch.save_file(layer.state_dict(), ..., metadata={"format": "pt"}) writes it.
Made with safetensors 0.8.0; safetensors.numpy writes the same bytes and needs no PyTorch.

  make_linear.py        in this folder
"""
import numpy as np
from safetensors.numpy import save_file

reference = "../../../reference/notebook_42_%s.npy"
weight = np.ascontiguousarray(np.load(reference % "w").T)  # classes x features
bias = np.load(reference % "b").reshape(-1)
save_file({"weight": weight, "bias": bias}, "linear.safetensors", metadata={"format": "pt"})
