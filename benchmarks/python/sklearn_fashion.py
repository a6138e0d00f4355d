"""scikit-learn's L-BFGS on Fashion-MNIST, as benchmarks' FashionMnist: FOLDER f64|f32 [TOLERANCE]."""
import gzip
import sys
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

folder, kind = sys.argv[1:3]
tolerance = float(sys.argv[3]) if len(sys.argv) > 3 else 1e-6


def read(name, offset):
    with gzip.open(f"{folder}/{name}") as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


x = (read("train-images-idx3-ubyte.gz", 16).reshape(60000, 784) / 255).astype(
    np.float32 if kind == "f32" else np.float64
)
y = read("train-labels-idx1-ubyte.gz", 8)
start = time.time()
model = LogisticRegression(C=1 / (1e-4 * 60000), tol=tolerance, max_iter=2000).fit(x, y)
seconds = time.time() - start
w, b = model.coef_.T.astype(float), model.intercept_.astype(float)
z = x.astype(float) @ w + b
largest = z.max(1, keepdims=True)
loss = largest[:, 0] + np.log(np.exp(z - largest).sum(1)) - z[np.arange(60000), y]
objective = loss.mean() + 0.5e-4 * (w * w).sum()
print(f"{kind}: {seconds:.1f} s, {model.n_iter_[0]} iterations, excess {objective / 0.379477078444729 - 1:.2e}")
