// The cross-entropy of each row of logits with its targets, and the gradient of the mean of
// `batch_rows` rows with respect to the logits:
//
//   losses[i] = s[i] * sum over j of y[i][j] * (log(sum of powers) - (z[i][j] - max))
//   gradient[i][j] = s[i] * (p[i][j] * sum of y[i] - y[i][j]) / batch_rows
//
// `bias`, a row or null, is added to the logits first, but to none of 16 bits. `shares`, how much
// each row counts, is null where that is 1. `losses`, one number a row, or `gradient` may be null:
// then it is left out. `gradient` may be the logits themselves.
#include "softmax.cuh"

template <typename S>
struct CrossEntropy {
  using T = Computed<S>;

  const S *logits;
  int64 logits_stride;
  const S *bias;
  const S *targets;
  int64 targets_stride;
  const T *shares;
  T *losses;
  S *gradient;
  int64 gradient_stride;
  int batch_rows;

  __device__ Source<S> source(int64 index) const {
    return {logits + index * logits_stride, bias, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool writes) const {
    MemoryRow<S, decltype(row.team), decltype(row.layout)> wanted(row.team, row.layout,
                                {targets + index * targets_stride, nullptr, 0});
    T counts = share_of_row(shares, index);
    TargetSums<T> of = target_sums<S>(row, wanted, max_of_row<T>(row));
    if (losses != nullptr && writes) {
      losses[index] = of.loss(counts);
    }
    if (gradient == nullptr) {
      return;
    }
    Reciprocal<T> reciprocal(of.sum);
    Reciprocal<T> share(batch_rows);
    share.scale(counts);
    S *out = gradient + index * gradient_stride;
    row.each_at_last([&](int i, Pack<T> &z) {
      if (!row.keeps(i)) {
        raise<S>(z, of.max);
      }
      Pack<T> y = wanted.at(i);
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        T probability = reciprocal.times(z.values[j]);
        z.values[j] = share.times(probability * of.total - y.values[j]);
      }
      row.layout.store(out, i, z);
    });
  }
};

#define CROSS_ENTROPY(KERNELS, type, S)                                                            \
  KERNELS(cross_entropy, 512, type, S,                                                             \
          (CrossEntropy<S>{logits, logits_stride, bias, targets, targets_stride, shares,           \
                           losses, gradient, gradient_stride, batch_rows}),                        \
          const S *logits, int64 logits_stride, const S *bias, const S *targets,                   \
          int64 targets_stride, const Computed<S> *shares, Computed<S> *losses, S *gradient,       \
          int64 gradient_stride, int batch_rows)

FOR_EACH_TYPE(CROSS_ENTROPY)
