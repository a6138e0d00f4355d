// The cross-entropy of each row of logits with its targets, and the gradient of the mean of
// `batch_rows` rows with respect to the logits:
//
//   losses[i] = s[i] * sum over j of y[i][j] * (log(sum of powers) - (z[i][j] - max))
//   gradient[i][j] = s[i] * (p[i][j] * sum of y[i] - y[i][j]) / batch_rows
//
// `bias`, a row or null, is added to the logits first. `shares`, how much each row counts, is null
// where that is 1. `losses`, one number a row, or `gradient` may be null: then it is left out.
// `gradient` may be the logits themselves.
#include "softmax.cuh"

template <typename T>
struct CrossEntropy {
  const T *logits;
  int64 logits_stride;
  const T *bias;
  const T *targets;
  int64 targets_stride;
  const T *shares;
  T *losses;
  T *gradient;
  int64 gradient_stride;
  int batch_rows;

  __device__ Source<T> source(int64 index) const {
    return {logits + index * logits_stride, bias, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool writes) const {
    MemoryRow<T, decltype(row.team), decltype(row.layout)> wanted(row.team, row.layout,
                                {targets + index * targets_stride, nullptr, 0});
    T counts = share_of_row(shares, index);
    TargetSums<T> of = target_sums<T>(row, wanted, max_of_row<T>(row));
    if (losses != nullptr && writes) {
      losses[index] = of.loss(counts);
    }
    if (gradient == nullptr) {
      return;
    }
    Reciprocal<T> reciprocal(of.sum);
    Reciprocal<T> share(batch_rows);
    share.scale(counts);
    T *out = gradient + index * gradient_stride;
    row.each([&](int i, Pack<T> &z) {
      if (!Row::KEEPS) {
        raise(z, of.max);
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

#define CROSS_ENTROPY(type, T)                                                                     \
  ROW_KERNELS(cross_entropy, 512, type, T,                                                         \
              (CrossEntropy<T>{logits, logits_stride, bias, targets, targets_stride, shares,       \
                               losses, gradient, gradient_stride, batch_rows}),                    \
              const T *logits, int64 logits_stride, const T *bias, const T *targets,               \
              int64 targets_stride, const T *shares, T *losses, T *gradient,                       \
              int64 gradient_stride, int batch_rows)

CROSS_ENTROPY(f32, float)
CROSS_ENTROPY(f64, double)
