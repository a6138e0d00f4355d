// A whole epoch of gradient descent in one launch of one block, for problems so small that launches
// would take most of the time. See TrainingEpoch for what it computes.
//
// The parameters and a batch's gradient of the logits are in dynamic shared memory: classes numbers
// of bias, features x classes weights, batch x classes gradients. All loops run in a fixed order.
#include "softmax.cuh"

constexpr int EPOCH_THREADS = 256;

// The softmax of a few logits by one thread: replaces them by the gradient, returns the loss.
template <typename T>
__device__ T loss_to_gradient(T *z, const T *y, int classes, int batch_rows) {
  T max = -infinity<T>();
  for (int j = 0; j < classes; j++) {
    max = fmax(max, z[j]);
  }
  Sum<T> sum{}, total{}, weighted{};
  for (int j = 0; j < classes; j++) {
    Difference<T> difference(z[j], max);
    weighted.add(y[j] == 0 ? 0 : y[j] * difference.value);
    total.add(y[j]);
    z[j] = difference.power();
    sum.add(z[j]);
  }
  TargetSums<T> of{max, sum.result(), total.result(), weighted.result()};
  Reciprocal<T> reciprocal(of.sum);
  Reciprocal<T> share(batch_rows);
  for (int j = 0; j < classes; j++) {
    z[j] = share.times(reciprocal.times(z[j]) * of.total - y[j]);
  }
  return of.loss();
}

template <typename T>
struct Epoch {
  const T *x;
  int64 x_stride;
  const T *targets;
  int64 targets_stride;
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

  // The thread's share of the batch's mean loss.
  __device__ T gradients(int64 first, int batch_rows) const {
    Sum<T> loss{};
    for (int i = threadIdx.x; i < batch_rows; i += EPOCH_THREADS) {
      const T *y = targets + (first + i) * targets_stride;
      loss.add(loss_to_gradient(gradient + i * classes, y, classes, batch_rows));
    }
    return loss.result() / batch_rows;
  }

  // The bias is one more row of weights, of a feature that is always 1.
  __device__ void descend(int64 first, int batch_rows, T learning_rate) const {
    for (int i = threadIdx.x; i < (features + 1) * classes; i += EPOCH_THREADS) {
      int k = i / classes - 1;
      int j = i % classes;
      T sum = 0;
      for (int row = 0; row < batch_rows; row++) {
        T feature = k < 0 ? 1 : x[(first + row) * x_stride + k];
        sum += feature * gradient[row * classes + j];
      }
      bias[i] -= learning_rate * sum;
    }
  }

  __device__ T run(int rows, int batch_rows, T learning_rate) const {
    Sum<T> loss{};
    int64 batches = 0;
    for (int64 first = 0; first < rows; first += batch_rows) {
      int count = min(int64(batch_rows), rows - first);
      logits(first, count);
      __syncthreads();
      loss.add(gradients(first, count));
      __syncthreads();
      descend(first, count, learning_rate);
      __syncthreads();
      batches++;
    }
    return team_sum(this_block(), loss) / batches;
  }
};

template <typename T>
__device__ void training_epoch(const T *x, int64 x_stride, const T *targets, int64 targets_stride,
                               T learning_rate, T *weights, int64 weights_stride, T *bias, T *loss,
                               int rows, int features, int classes, int batch_rows) {
  extern __shared__ double2 epoch_shared[];
  T *shared_bias = reinterpret_cast<T *>(epoch_shared);
  T *shared_weights = shared_bias + classes;
  Epoch<T> epoch{x,        x_stride,    targets,        targets_stride, features,
                 classes,  shared_bias, shared_weights, shared_weights + features * classes};
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

#define TRAINING_EPOCH(type, T)                                                                   \
  KERNEL(EPOCH_THREADS) training_epoch_##type(              \
      const T *x, int64 x_stride, const T *targets, int64 targets_stride, T learning_rate,        \
      T *weights, int64 weights_stride, T *bias, T *loss, int rows, int features, int classes,    \
      int batch_rows) {                                                                           \
    training_epoch(x, x_stride, targets, targets_stride, learning_rate, weights, weights_stride,  \
                   bias, loss, rows, features, classes, batch_rows);                              \
  }

TRAINING_EPOCH(f32, float)
TRAINING_EPOCH(f64, double)
