"""scikit-learn on rows of which most numbers are 0, and the LIBSVM file for `rowwise train`.

python3 sklearn_sparse.py rows.svm: 20,000 rows of 47,000 columns, about 74 numbers each,
5 classes; as documents of words are, each of length 1.
"""

import sys
import time

import numpy as np
import scipy.sparse as sparse
from sklearn.datasets import dump_svmlight_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

ROWS, COLUMNS, CLASSES, NUMBERS = 20_000, 47_000, 5, 75

random = np.random.RandomState(0)
# Few columns are in most rows, most in few.
columns = (COLUMNS * random.power(0.35, size=(ROWS, NUMBERS))).astype(int) % COLUMNS
numbers = np.abs(random.randn(ROWS * NUMBERS))
x = sparse.csr_matrix(
    (numbers, (np.repeat(np.arange(ROWS), NUMBERS), columns.ravel())), shape=(ROWS, COLUMNS)
)
x.sum_duplicates()
x = sparse.csr_matrix(x.multiply(1 / np.sqrt(x.multiply(x).sum(1))))
weights = random.randn(COLUMNS, CLASSES)
y = np.argmax(x @ weights + 0.3 * random.randn(ROWS, CLASSES), 1)
dump_svmlight_file(x, y, sys.argv[1], zero_based=False)

start = time.time()
model = LogisticRegression(C=1, max_iter=1000, tol=1e-8).fit(x, y)
seconds = time.time() - start
objective = log_loss(y, model.predict_proba(x)) + 0.5 / ROWS * (model.coef_**2).sum()
print(f"{x.nnz} numbers, {seconds:.1f} s, {model.n_iter_} iterations, objective {objective:.12g}")
