#!/usr/bin/env python3
"""What scikit-learn says of classifiers whose probabilities ReportTest computes anew.

Needs Debian's python3-numpy 1.24 and python3-sklearn 1.2, and the folder that make_logistic.py made:
  /usr/bin/python3 make_report.py LOGISTIC_DIR > report.json

"data": features and labels of iris and wine. "models": w and b of logistic regressions on them ("features": "raw", or
"standardised" by mean and population standard deviation), with what logistic.json says of them, and roc_auc. "tables":
probabilities in eighths, so with many ties, of 5 classes of which some are absent. Where there are "weights", all
numbers are with them as sample_weight.
"""
import json, os, sys
import numpy as np
from sklearn import metrics

folder = sys.argv[1]


def softmax(z):
    z = np.exp(z - z.max(1, keepdims=True))
    return z / z.sum(1, keepdims=True)


def ece(p, y, s, bins=15):
    c, right = p.max(1), p.argmax(1) == y
    which = np.clip(np.ceil(c * bins).astype(int) - 1, 0, bins - 1)
    return float(sum(abs((right * s)[which == i].sum() - (c * s)[which == i].sum()) for i in range(bins)) / s.sum())


def described(p, y, weights):
    s = np.ones(len(y)) if weights is None else np.array(weights)
    k = p.shape[1]
    out = dict(log_loss=metrics.log_loss(y, p, labels=range(k), sample_weight=s),
               accuracy=metrics.accuracy_score(y, p.argmax(1), sample_weight=s),
               brier=float((((p - np.eye(k)[y]) ** 2).sum(1) * s).sum() / s.sum()), ece=ece(p, y, s))
    for average in ["macro", "weighted"]:
        pr, rc, f1, _ = metrics.precision_recall_fscore_support(
            y, p.argmax(1), average=average, sample_weight=s, zero_division=0)
        out.update({average + "_precision": pr, average + "_recall": rc, average + "_f1": f1})
    pr, rc, f1, support = metrics.precision_recall_fscore_support(
        y, p.argmax(1), labels=range(k), sample_weight=s, zero_division=0)
    out["per_class"] = [dict(precision=a, recall=b, f1=c, support=d, roc_auc=None if not (y == i).any() else
                             metrics.roc_auc_score(y == i, p[:, i], sample_weight=s))
                        for i, (a, b, c, d) in enumerate(zip(pr, rc, f1, support.tolist()))]
    out["confusion"] = metrics.confusion_matrix(y, p.argmax(1), labels=range(k), sample_weight=s).tolist()
    absent = len(np.unique(y)) < k
    out["roc_auc"] = None if absent else metrics.roc_auc_score(y, p, multi_class="ovr", sample_weight=s) if k > 2 \
        else metrics.roc_auc_score(y, p[:, 1], sample_weight=s)
    if weights is not None:
        out["weights"] = weights
    return out


entries = json.load(open(os.path.join(folder, "logistic.json")))
data, models, tables = {}, [], []
for name in ["iris", "wine"]:
    lines = [line.strip().split(",") for line in open(os.path.join(folder, name + ".csv"))][1:]
    names = next(e["classes"] for e in entries if e["data"] == name)
    x0, y = np.array([[float(v) for v in line[:-1]] for line in lines]), np.array([names.index(l[-1]) for l in lines])
    data[name] = dict(features=x0.tolist(), labels=y.tolist())
    for e in entries:
        if e["data"] != name or e["weights"] == "balanced" or (e["weights"] == "random" and e["C"] != 1):
            continue
        x = x0 if e["features"] == "raw" else (x0 - x0.mean(0)) / x0.std(0)
        d = described(softmax(x @ np.array(e["w"]) + e["b"]), y, e["sample_weights"])
        if e["weights"] == "none":  # that file's numbers are never weighted
            for key in set(d) & set(e):
                assert abs(d[key] - e[key]) < 1e-12, (key, d[key], e[key])
                d[key] = e[key]
        models.append(dict(data=name, classes=names, features=e["features"], w=e["w"], b=e["b"], **d))
random = np.random.RandomState(42)
for classes, of_labels, weighted in [(2, 2, False), (2, 2, True), (5, 5, False), (5, 5, True), (5, 3, True)]:
    p = random.multinomial(8, np.ones(classes) / classes, 60) / 8
    if of_labels < classes:
        p[:, -2] += p[:, -1]  # the last class is never predicted either
        p[:, -1] = 0
    y = random.randint(0, of_labels, 60)
    tables.append(dict(probabilities=p.tolist(), labels=y.tolist(),
                       **described(p, y, random.uniform(0, 2, 60).tolist() if weighted else None)))
json.dump(dict(data=data, models=models, tables=tables), sys.stdout, separators=(",", ":"))
