// A whole epoch of gradient descent in one launch of one block, for problems so small that launches
// would take most of the time. See TrainingEpoch for what it computes. And how much rows count in
// the batches of any epoch.
//
// The parameters and a batch's gradient of the logits are in dynamic shared memory: classes numbers
// of bias, features x classes weights, batch x classes gradients. All loops run in a fixed order.
#include "training.cuh"

template <typename T>
struct Epoch {
  const T *x;
  int64 x_stride;
  EpochTargets<T> targets;
  int features;
  int classes;
  T *bias;
  T *weights;
  T *gradient;

  __device__ void logits(int64 first, int batch_rows) const {
    for (int i = threadIdx.x; i < batch_rows * classes; i += EPOCH_THREADS) {
      const T *row = x + (first + i / classes) * x_stride;
      int j = i % classes;
      T z = 0;
      for (int k = 0; k < features; k++) {
        z += row[k] * weights[k * classes + j];
      }
      gradient[i] = z + bias[j];
    }
  }

  __device__ T run(int rows, int batch_rows, T learning_rate) const {
    Sum<T> loss{};
    int64 batches = 0;
    for (int64 first = 0; first < rows; first += batch_rows) {
      int count = min(int64(batch_rows), rows - first);
      logits(first, count);
      __syncthreads();
      loss.add(losses_to_gradient(gradient, targets, first, classes, count));
      __syncthreads();
      descend(bias, x + first * x_stride, x_stride, gradient, features, classes, count,
              learning_rate);
      __syncthreads();
      batches++;
    }
    return team_sum(this_block(), loss) / batches;
  }
};

template <typename T>
__device__ void training_epoch(const T *x, int64 x_stride, const EpochTargets<T> &targets,
                               T learning_rate, T *weights, int64 weights_stride, T *bias, T *loss,
                               int rows, int features, int classes, int batch_rows) {
  extern __shared__ double2 epoch_shared[];
  T *shared_bias = reinterpret_cast<T *>(epoch_shared);
  T *shared_weights = shared_bias + classes;
  Epoch<T> epoch{x,       x_stride,    targets,        features,
                 classes, shared_bias, shared_weights, shared_weights + features * classes};
  for (int i = threadIdx.x; i < (features + 1) * classes; i += EPOCH_THREADS) {
    int k = i / classes - 1;
    int j = i % classes;
    shared_bias[i] = k < 0 ? bias[j] : weights[k * weights_stride + j];
  }
  __syncthreads();
  T mean = epoch.run(rows, batch_rows, learning_rate);
  for (int i = threadIdx.x; i < (features + 1) * classes; i += EPOCH_THREADS) {
    int k = i / classes - 1;
    int j = i % classes;
    T value = shared_bias[i];
    if (k < 0) {
      bias[j] = value;
    } else {
      weights[k * weights_stride + j] = value;
    }
  }
  if (threadIdx.x == 0) {
    *loss = mean;
  }
}

// How much each row counts in its batch, of which a block has one: so that the mean of the batch's
// is 1. `classes` or `weights` may be null; rows of the class `ignored` do not count.
template <typename T>
__device__ void training_shares(const T *classes, int64 classes_stride, T ignored,
                                const T *weights, int64 weights_stride, T *shares, int rows,
                                int batch_rows) {
  int64 first = int64(blockIdx.x) * batch_rows;
  int count = min(int64(batch_rows), rows - first);
  auto weight = [&](int i) {
    int64 row = first + i;
    bool counts = classes == nullptr || classes[row * classes_stride] != ignored;
    return counts ? weights == nullptr ? T(1) : weights[row * weights_stride] : T(0);
  };
  Sum<T> sum{};
  for (int i = threadIdx.x; i < count; i += EPOCH_THREADS) {
    sum.add(weight(i));
  }
  T total = team_sum(this_block(), sum);
  for (int i = threadIdx.x; i < count; i += EPOCH_THREADS) {
    shares[first + i] = weight(i) / total * count;
  }
}

#define TRAINING(type, T)                                                                         \
  KERNEL(EPOCH_THREADS) training_epoch_##type(                                                    \
      const T *x, int64 x_stride, const T *targets, int64 targets_stride, int are_classes,        \
      T ignored, const T *shares, T learning_rate, T *weights, int64 weights_stride, T *bias,     \
      T *loss, int rows, int features, int classes, int batch_rows) {                             \
    EpochTargets<T> wanted{targets, targets_stride, are_classes, ignored, shares};                \
    training_epoch(x, x_stride, wanted, learning_rate, weights, weights_stride, bias, loss, rows, \
                   features, classes, batch_rows);                                                \
  }                                                                                               \
  KERNEL(EPOCH_THREADS) training_shares_##type(                                                   \
      const T *classes, int64 classes_stride, T ignored, const T *weights,                        \
      int64 weights_stride, T *shares, int rows, int batch_rows) {                                \
    training_shares(classes, classes_stride, ignored, weights, weights_stride, shares, rows,      \
                    batch_rows);                                                                  \
  }

TRAINING(f32, float)
TRAINING(f64, double)
