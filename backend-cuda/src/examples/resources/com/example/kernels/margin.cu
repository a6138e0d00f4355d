// The largest element of each row less the second largest; a thread for each row.

template <typename T>
__device__ void margin(const T *probabilities, long long leading, T *margin, long long marginLeading,
                       int rows, int columns) {
  const int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= rows) {
    return;
  }
  const T *p = probabilities + row * leading;
  T largest = p[0] > p[1] ? p[0] : p[1];
  T second = p[0] > p[1] ? p[1] : p[0];
  T nan = p[0] + p[1];
  for (int column = 2; column < columns; column++) {
    T value = p[column];
    second = value > largest ? largest : value > second ? value : second;
    largest = value > largest ? value : largest;
    nan += value;
  }
  margin[row * marginLeading] = nan == nan ? largest - second : nan;
}

extern "C" __global__ void margin_float32(const float *probabilities, long long leading, float *out,
                                          long long outLeading, int rows, int columns) {
  margin(probabilities, leading, out, outLeading, rows, columns);
}

extern "C" __global__ void margin_float64(const double *probabilities, long long leading,
                                          double *out, long long outLeading, int rows,
                                          int columns) {
  margin(probabilities, leading, out, outLeading, rows, columns);
}
