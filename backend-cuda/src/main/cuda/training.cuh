// What kernels of whole epochs share: targets, and the softmax of few classes by one thread.
#pragma once

#include "softmax.cuh"

// The targets of one row: probabilities, or, where those are null, `at_column` in one column and
// `elsewhere` in all others.
template <typename T>
struct EpochTarget {
  const T *probabilities;
  unsigned column;
  T at_column;
  T elsewhere;

  __device__ T operator[](int j) const {
    return probabilities != nullptr ? probabilities[j] : j == column ? at_column : elsewhere;
  }
};

// Rows of probabilities, or one number of a class each.
template <typename T>
struct EpochTargets {
  const T *values;
  int64 stride;
  int are_classes;
  T ignored;
  const T *shares;

  __device__ EpochTarget<T> row(int64 index, int classes) const {
    const T *of_row = values + index * stride;
    if (!are_classes) {
      return {of_row, 0, 0, 0};
    }
    ClassTarget<T> target(*of_row, ignored, classes);
    return {nullptr, target.column, target.total, target.exists ? T(0) : target.total};
  }
};

// The softmax of a few logits by one thread: replaces them by the gradient, returns the loss.
template <typename T>
__device__ T loss_to_gradient(T *z, const EpochTarget<T> &y, T counts, int classes,
                              int batch_rows) {
  T max = -infinity<T>();
  for (int j = 0; j < classes; j++) {
    max = fmax(max, z[j]);
  }
  Sum<T> sum{}, total{}, weighted{};
  for (int j = 0; j < classes; j++) {
    Difference<T> difference(z[j], max);
    T target = y[j];
    weighted.add(target == 0 ? 0 : target * difference.value);
    total.add(target);
    z[j] = difference.power();
    sum.add(z[j]);
  }
  TargetSums<T> of{max, sum.result(), total.result(), weighted.result()};
  Reciprocal<T> reciprocal(of.sum);
  Reciprocal<T> share(batch_rows);
  share.scale(counts);
  for (int j = 0; j < classes; j++) {
    z[j] = share.times(reciprocal.times(z[j]) * of.total - y[j]);
  }
  return of.loss(counts);
}
