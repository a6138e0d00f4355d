// A whole epoch of gradient descent in one launch of several blocks, all of which have to run at the
// same time, since they wait for one another. For problems of few classes and batches of few rows,
// of which a block alone would not be done soon. See TrainingEpoch for what it computes.
//
// A block has some of the features: their weights, and of each batch what the rows have of them, in
// shared memory for as long as they are needed, so that each element of x is read once. What its
// features add to the logits goes to the others through global memory, once a batch; all else of a
// batch each block computes for itself, and so they have the same bias to the bit.
//
// Dynamic shared memory: classes numbers of bias, features x classes weights, batch x classes
// gradients, and twice batch x (features | 1) elements of x.
#include "training.cuh"

// Where all blocks of a grid meet. `arrived` counts them, for all meetings; it starts at 0.
struct Meeting {
  unsigned long long *arrived;
  unsigned long long expected;

  __device__ explicit Meeting(unsigned long long *counter) : arrived(counter), expected(0) {}

  // What the block has written is there for those that see it arrive.
  __device__ void arrive() {
    expected += gridDim.x;
    __syncthreads();
    if (threadIdx.x == 0) {
      __threadfence();
      atomicAdd(arrived, 1ull);
    }
  }

  // Until all have arrived.
  __device__ void wait() const {
    if (threadIdx.x == 0) {
      while (*static_cast<volatile unsigned long long *>(arrived) < expected) {
        __nanosleep(20);
      }
      __threadfence();
    }
    __syncthreads();
  }
};

template <typename T>
struct GridEpoch {
  const T *x;
  int64 x_stride;
  EpochTargets<T> targets;
  int rows;
  int classes;
  int batch_rows;
  // Those of this block, and where its rows of them begin in shared memory.
  int first_feature;
  int features;
  int tile_stride;
  T *bias;
  T *weights;
  T *gradient;
  T *tiles;
  // A batch's logits by each of the blocks; twice, since some may be a batch ahead.
  T *partial_logits;

  __device__ int batch(int64 first) const { return min(int64(batch_rows), rows - first); }

  __device__ T *tile(int64 number) const {
    return tiles + (number % 2) * batch_rows * tile_stride;
  }

  __device__ T *logits_of(int64 number, int block) const {
    return partial_logits + ((number % 2) * gridDim.x + block) * batch_rows * classes;
  }

  __device__ void load(int64 number) const {
    int64 first = number * batch_rows;
    T *to = tile(number);
    for (int i = threadIdx.x; i < batch(first) * features; i += EPOCH_THREADS) {
      int row = i / features;
      int k = i % features;
      to[row * tile_stride + k] = x[(first + row) * x_stride + first_feature + k];
    }
  }

  __device__ void multiply(int64 number) const {
    const T *from = tile(number);
    T *to = logits_of(number, blockIdx.x);
    for (int i = threadIdx.x; i < batch(number * batch_rows) * classes; i += EPOCH_THREADS) {
      const T *row = from + i / classes * tile_stride;
      int j = i % classes;
      T z = 0;
      for (int k = 0; k < features; k++) {
        z += row[k] * weights[k * classes + j];
      }
      to[i] = z;
    }
  }

  __device__ void add_logits(int64 number) const {
    for (int i = threadIdx.x; i < batch(number * batch_rows) * classes; i += EPOCH_THREADS) {
      T z = bias[i % classes];
      for (int block = 0; block < gridDim.x; block++) {
        z += logits_of(number, block)[i];
      }
      gradient[i] = z;
    }
  }

  __device__ T run(Meeting meeting, T learning_rate) const {
    Sum<T> loss{};
    int64 batches = (int64(rows) + batch_rows - 1) / batch_rows;
    load(0);
    __syncthreads();
    for (int64 number = 0; number < batches; number++) {
      multiply(number);
      meeting.arrive();
      if (number + 1 < batches) {
        load(number + 1);
      }
      meeting.wait();
      add_logits(number);
      __syncthreads();
      int64 first = number * batch_rows;
      loss.add(losses_to_gradient(gradient, targets, first, classes, batch(first)));
      __syncthreads();
      descend(bias, tile(number), tile_stride, gradient, features, classes, batch(first),
              learning_rate);
      __syncthreads();
    }
    return team_sum(this_block(), loss) / batches;
  }
};

template <typename T>
__device__ void training_grid(const T *x, int64 x_stride, const EpochTargets<T> &targets,
                              T learning_rate, T *weights, int64 weights_stride, T *bias, T *loss,
                              unsigned long long *arrived, T *partial_logits, int rows,
                              int features, int classes, int batch_rows, int block_features) {
  extern __shared__ double2 grid_shared[];
  int first = blockIdx.x * block_features;
  int own = min(block_features, features - first);
  T *shared_bias = reinterpret_cast<T *>(grid_shared);
  T *shared_weights = shared_bias + classes;
  T *gradient = shared_weights + own * classes;
  GridEpoch<T> epoch{x,           x_stride,       targets,  rows,
                     classes,     batch_rows,     first,    own,
                     own | 1,     shared_bias,    shared_weights, gradient,
                     gradient + batch_rows * classes, partial_logits};
  for (int i = threadIdx.x; i < (own + 1) * classes; i += EPOCH_THREADS) {
    int k = i / classes - 1;
    int j = i % classes;
    shared_bias[i] = k < 0 ? bias[j] : weights[(first + k) * weights_stride + j];
  }
  T mean = epoch.run(Meeting(arrived), learning_rate);
  for (int i = threadIdx.x; i < (own + 1) * classes; i += EPOCH_THREADS) {
    int k = i / classes - 1;
    int j = i % classes;
    if (k >= 0) {
      weights[(first + k) * weights_stride + j] = shared_bias[i];
    } else if (blockIdx.x == 0) {
      bias[j] = shared_bias[i];
    }
  }
  if (blockIdx.x == 0 && threadIdx.x == 0) {
    *loss = mean;
  }
}

#define TRAINING_GRID(type, T)                                                                    \
  KERNEL(EPOCH_THREADS) training_grid_##type(                                                     \
      const T *x, int64 x_stride, const T *targets, int64 targets_stride, int are_classes,        \
      T ignored, const T *shares, T learning_rate, T *weights, int64 weights_stride, T *bias,     \
      T *loss, unsigned long long *arrived, T *partial_logits, int rows, int features,            \
      int classes, int batch_rows, int block_features) {                                          \
    EpochTargets<T> wanted{targets, targets_stride, are_classes, ignored, shares};                \
    training_grid(x, x_stride, wanted, learning_rate, weights, weights_stride, bias, loss,        \
                  arrived, partial_logits, rows, features, classes, batch_rows, block_features);  \
  }

TRAINING_GRID(f32, float)
TRAINING_GRID(f64, double)
