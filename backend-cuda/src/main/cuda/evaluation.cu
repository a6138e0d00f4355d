// How good logits are, row by row: scores[2i] is the cross-entropy of row i, scores[2i + 1] is 1
// where the largest logit is where the largest target is, else 0: also where the probabilities are
// NaN, since the largest logit is not finite, or a target is. Both are multiplied by `shares[i]`,
// where that is not null. `bias`, a row, is added to the logits first.
#include "softmax.cuh"

template <typename T>
struct Evaluation {
  const T *logits;
  int64 logits_stride;
  const T *bias;
  const T *targets;
  int64 targets_stride;
  const T *shares;
  T *scores;

  __device__ Source<T> source(int64 index) const {
    // So that the compiler makes nothing for rows without one.
    __builtin_assume(bias != nullptr);
    return {logits + index * logits_stride, bias, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool writes) const {
    MemoryRow<T, decltype(row.team), decltype(row.layout)> wanted(row.team, row.layout,
                                {targets + index * targets_stride, nullptr, 0});
    Place<T> predicted = first_place<T>();
    Place<T> target = first_place<T>();
    row.each([&](int i, Pack<T> &z) {
      Pack<T> y = wanted.at(i);
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        unsigned column = row.layout.column(i, j);
        predicted.offer(z.values[j], column);
        if (row.layout.has(i, j)) {
          target.offer(y.values[j], column);
        }
      }
    });
    predicted = team_best(row.team, predicted);
    target = team_best(row.team, target);
    // At once, since to keep both places would take registers from what follows.
    if (writes) {
      bool known = isfinite(predicted.value) && target.value == target.value;
      bool right = known && predicted.column == target.column;
      scores[2 * index + 1] = right ? share_of_row(shares, index) : 0;
    }
    TargetSums<T> of = target_sums<T>(row, wanted, predicted.value);
    if (writes) {
      scores[2 * index] = of.loss(share_of_row(shares, index));
    }
  }
};

#define EVALUATION(type, T)                                                                        \
  ROW_KERNELS(evaluation, 512, type, T,                                                            \
              (Evaluation<T>{logits, logits_stride, bias, targets, targets_stride, shares,         \
                             scores}),                                                             \
              const T *logits, int64 logits_stride, const T *bias, const T *targets,               \
              int64 targets_stride, const T *shares, T *scores)

EVALUATION(f32, float)
EVALUATION(f64, double)
