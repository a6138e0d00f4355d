// What kernels of whole epochs share: targets, and the softmax of few classes by one thread.
#pragma once

#include "softmax.cuh"

constexpr int EPOCH_THREADS = 256;

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

// Replaces a batch's logits by their gradient; returns the thread's share of the mean loss.
template <typename T>
__device__ T losses_to_gradient(T *z, const EpochTargets<T> &targets, int64 first, int classes,
                                int batch_rows) {
  Sum<T> loss{};
  for (int i = threadIdx.x; i < batch_rows; i += EPOCH_THREADS) {
    int64 row = first + i;
    loss.add(loss_to_gradient(z + i * classes, targets.row(row, classes),
                              share_of_row(targets.shares, row), classes, batch_rows));
  }
  return loss.result() / batch_rows;
}

// A step of the parameters, which are one after the other: the bias is one more row of weights, of
// a feature that is always 1. `x` is the batch's first row.
template <typename T, typename Stride>
__device__ void descend(T *bias, const T *x, Stride x_stride, const T *gradient, int features,
                        int classes, int batch_rows, T learning_rate) {
  for (int i = threadIdx.x; i < (features + 1) * classes; i += EPOCH_THREADS) {
    int k = i / classes - 1;
    int j = i % classes;
    T sum = 0;
    for (int row = 0; row < batch_rows; row++) {
      T feature = k < 0 ? 1 : x[row * x_stride + k];
      sum += feature * gradient[row * classes + j];
    }
    bias[i] -= learning_rate * sum;
  }
}
