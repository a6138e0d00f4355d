// The cross-entropy of each row of logits with the number of its class, and the gradient of the
// mean of `batch_rows` rows with respect to the logits:
//
//   losses[i] = s[i] * (log(sum of powers) - (z[i][class] - max))
//   gradient[i][j] = s[i] * (p[i][j] - (1 where j is the class, else 0)) / batch_rows
//
// Rows of the number `ignored` have zeros, those of a number that no class has NaN. All else is as
// in cross_entropy.cu.
#include "softmax.cuh"

template <typename T>
struct ClassCrossEntropy {
  const T *logits;
  int64 logits_stride;
  const T *bias;
  const T *classes;
  int64 classes_stride;
  T ignored;
  const T *shares;
  T *losses;
  T *gradient;
  int64 gradient_stride;
  int batch_rows;
  int columns;

  __device__ Source<T> source(int64 index) const {
    return {logits + index * logits_stride, bias, -infinity<T>()};
  }

  // Only the thread whose own it is may ask, since others overwrite theirs.
  __device__ T logit(int64 index, unsigned column) const {
    T z = logits[index * logits_stride + column];
    return bias == nullptr ? z : z + bias[column];
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool writes) const {
    Normalizer<T> of = normalize<true, T>(row);
    ClassTarget<T> target(classes[index * classes_stride], ignored, columns);
    T counts = share_of_row(shares, index);
    bool owns = target.exists && row.layout.owns(target.column);
    T wanted = owns ? logit(index, target.column) : of.max;
    if (losses != nullptr && (target.exists ? owns : writes)) {
      losses[index] = target.loss(counts, of.sum, target.exists ? wanted - of.max : 0);
    }
    if (gradient == nullptr) {
      return;
    }
    Reciprocal<T> reciprocal(of.sum);
    Reciprocal<T> share(batch_rows);
    share.scale(counts * target.total);
    T *out = gradient + index * gradient_stride;
    row.each([&](int i, Pack<T> &z) {
      if (!Row::KEEPS) {
        raise(z, of.max);
      }
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        z.values[j] = share.times(reciprocal.times(z.values[j]));
      }
      row.layout.store(out, i, z);
    });
    if (owns) {
      out[target.column] = share.times(reciprocal.times(power(wanted, of.max)) - 1);
    }
  }
};

#define CLASS_CROSS_ENTROPY(type, T)                                                               \
  ROW_KERNELS(class_cross_entropy, 512, type, T,                                                   \
              (ClassCrossEntropy<T>{logits, logits_stride, bias, classes, classes_stride, ignored, \
                                    shares, losses, gradient, gradient_stride, batch_rows,         \
                                    columns}),                                                     \
              const T *logits, int64 logits_stride, const T *bias, const T *classes,               \
              int64 classes_stride, T ignored, const T *shares, T *losses, T *gradient,            \
              int64 gradient_stride, int batch_rows)

CLASS_CROSS_ENTROPY(f32, float)
CLASS_CROSS_ENTROPY(f64, double)
