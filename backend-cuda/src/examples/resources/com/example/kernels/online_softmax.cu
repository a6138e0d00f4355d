// The softmax of each row in one pass over it to find the maximum and the sum, by one warp a row.
// Milakov and Gimelshein, Online normalizer calculation for softmax, 2018.

__device__ __forceinline__ float power(float x) { return expf(x); }
__device__ __forceinline__ double power(double x) { return exp(x); }

// A sum of e^(z - maximum).
template <typename T>
struct Sum {
  T maximum;
  T value;

  __device__ T relativeTo(T top) const {
    // So that -inf, where a lane has seen nothing yet, adds no NaN.
    return maximum == top ? value : value * power(maximum - top);
  }

  __device__ void add(Sum other) {
    T top = other.maximum > maximum ? other.maximum : maximum;
    value = relativeTo(top) + other.relativeTo(top);
    maximum = top;
  }
};

template <typename T>
__device__ void onlineSoftmax(const T *logits, long long logitsLeading, T *probabilities,
                              long long probabilitiesLeading, int columns) {
  const T *z = logits + blockIdx.x * logitsLeading;
  T *p = probabilities + blockIdx.x * probabilitiesLeading;
  Sum<T> sum = {-(T)__int_as_float(0x7f800000), 0};
  for (int column = threadIdx.x; column < columns; column += 32) {
    sum.add(Sum<T>{z[column], 1});
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    sum.add(Sum<T>{__shfl_xor_sync(0xffffffffu, sum.maximum, distance),
                   __shfl_xor_sync(0xffffffffu, sum.value, distance)});
  }
  // NaN where the maximum is infinite, as every softmax has it.
  sum.value += sum.maximum - sum.maximum;
  for (int column = threadIdx.x; column < columns; column += 32) {
    p[column] = power(z[column] - sum.maximum) / sum.value;
  }
}

extern "C" __global__ void __launch_bounds__(32)
    online_softmax_float32(const float *logits, long long logitsLeading, float *probabilities,
                           long long probabilitiesLeading, int columns) {
  onlineSoftmax(logits, logitsLeading, probabilities, probabilitiesLeading, columns);
}

extern "C" __global__ void __launch_bounds__(32)
    online_softmax_float64(const double *logits, long long logitsLeading, double *probabilities,
                           long long probabilitiesLeading, int columns) {
  onlineSoftmax(logits, logitsLeading, probabilities, probabilitiesLeading, columns);
}
