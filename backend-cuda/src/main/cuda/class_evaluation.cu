// How good logits are, row by row, where a target is the number of a class: scores[2i] is the
// cross-entropy of row i, as class_cross_entropy.cu says, scores[2i + 1] is 1 where the largest
// logit is the class's, else 0: also where the probabilities are NaN, since that logit is not
// finite. Both are multiplied by `shares[i]`, where that is not null. `bias`, a row, is added to the
// logits first.
#include "softmax.cuh"

template <typename T>
struct ClassEvaluation {
  const T *logits;
  int64 logits_stride;
  const T *bias;
  const T *classes;
  int64 classes_stride;
  T ignored;
  const T *shares;
  T *scores;
  int columns;

  __device__ Source<T> source(int64 index) const {
    // So that the compiler makes nothing for rows without one.
    __builtin_assume(bias != nullptr);
    return {logits + index * logits_stride, bias, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool writes) const {
    Place<T> predicted = first_place<T>();
    row.each([&](int i, Pack<T> &z) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        predicted.offer(z.values[j], row.layout.column(i, j));
      }
    });
    predicted = team_best(row.team, predicted);
    T sum = sum_of_powers<false, T>(row, predicted.value);
    if (!writes) {
      return;
    }
    ClassTarget<T> target(classes[index * classes_stride], ignored, columns);
    T counts = share_of_row(shares, index);
    T difference = 0;
    if (target.exists) {
      difference = logits[index * logits_stride + target.column] + bias[target.column];
      difference -= predicted.value;
    }
    bool right = target.exists && predicted.column == target.column && isfinite(predicted.value);
    scores[2 * index] = target.loss(counts, sum, difference);
    scores[2 * index + 1] = right ? counts : 0;
  }
};

#define CLASS_EVALUATION(type, T)                                                                  \
  ROW_KERNELS(class_evaluation, 512, type, T,                                                      \
              (ClassEvaluation<T>{logits, logits_stride, bias, classes, classes_stride, ignored,   \
                                  shares, scores, columns}),                                       \
              const T *logits, int64 logits_stride, const T *bias, const T *classes,               \
              int64 classes_stride, T ignored, const T *shares, T *scores)

CLASS_EVALUATION(f32, float)
CLASS_EVALUATION(f64, double)
