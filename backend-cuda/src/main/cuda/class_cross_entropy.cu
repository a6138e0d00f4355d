// The cross-entropy of each row of logits with the number of its class, and the gradient of the
// mean of `batch_rows` rows with respect to the logits:
//
//   losses[i] = s[i] * (log(sum of powers) - (z[i][class] - max))
//   gradient[i][j] = s[i] * (p[i][j] - (1 where j is the class, else 0)) / batch_rows
//
// Rows of the number `ignored` have zeros, those of a number that no class has NaN. All else is as
// in cross_entropy.cu.
#include "softmax.cuh"

template <typename S>
struct ClassCrossEntropy {
  using T = Computed<S>;

  const S *logits;
  int64 logits_stride;
  const S *bias;
  const T *classes;
  int64 classes_stride;
  T ignored;
  const T *shares;
  T *losses;
  S *gradient;
  int64 gradient_stride;
  int batch_rows;
  int columns;

  __device__ Source<S> source(int64 index) const {
    return {logits + index * logits_stride, bias, -infinity<T>()};
  }

  // Only the thread whose own it is may ask, since others overwrite theirs.
  __device__ T logit(int64 index, unsigned column) const {
    T z = widened(logits[index * logits_stride + column]);
    return IS_HALF<S> || bias == nullptr ? z : z + widened(bias[column]);
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool writes) const {
    Normalizer<T> of = normalize<true, S>(row);
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
    S *out = gradient + index * gradient_stride;
    row.each_at_last([&](int i, Pack<T> &z) {
      if (!row.keeps(i)) {
        raise<S>(z, of.max);
      }
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        z.values[j] = share.times(reciprocal.times(z.values[j]));
      }
      row.layout.store(out, i, z);
    });
    if (owns) {
      T probability = reciprocal.times(power<S>(wanted, of.max));
      out[target.column] = Narrow<S>::of(share.times(probability - 1));
    }
  }
};

#define CLASS_CROSS_ENTROPY(KERNELS, type, S)                                                      \
  KERNELS(class_cross_entropy, 512, type, S,                                                       \
          (ClassCrossEntropy<S>{logits, logits_stride, bias, classes, classes_stride, ignored,     \
                                shares, losses, gradient, gradient_stride, batch_rows,             \
                                columns}),                                                         \
          const S *logits, int64 logits_stride, const S *bias, const Computed<S> *classes,         \
          int64 classes_stride, Computed<S> ignored, const Computed<S> *shares,                    \
          Computed<S> *losses, S *gradient, int64 gradient_stride, int batch_rows)

FOR_EACH_TYPE(CLASS_CROSS_ENTROPY)
