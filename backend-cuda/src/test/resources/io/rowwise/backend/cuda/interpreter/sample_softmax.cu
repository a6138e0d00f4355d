// Compiled with nvcc 13: -ptx -arch=compute_75; the PTX's version lowered to 7.0, comments removed.
// Softmax of each row, in the shapes that a row-wise backend uses: one block per row (two-level
// shuffle reduction through shared memory), one warp per row, sub-warp groups, and an online variant.
template <typename T> __device__ __forceinline__ T larger(T a, T b) { return a > b ? a : b; }
__device__ __forceinline__ float exponential(float x) { return expf(x); }
__device__ __forceinline__ double exponential(double x) { return exp(x); }
template <typename T> __device__ __forceinline__ T smallest();
template <> __device__ __forceinline__ float smallest<float>() { return -__int_as_float(0x7f800000); }
template <> __device__ __forceinline__ double smallest<double>() { return -__longlong_as_double(0x7ff0000000000000LL); }

template <typename T>
__device__ void blockSoftmax(const T *x, T *y, int rows, int columns) {
  __shared__ T partial[32];
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
  for (int row = blockIdx.x; row < rows; row += gridDim.x) {
    const T *in = x + (long long)row * columns;
    T *out = y + (long long)row * columns;
    T m = smallest<T>();
    for (int c = threadIdx.x; c < columns; c += blockDim.x) m = larger(m, in[c]);
    for (int d = 16; d > 0; d >>= 1) m = larger(m, __shfl_xor_sync(0xffffffffu, m, d));
    if (lane == 0) partial[warp] = m;
    __syncthreads();
    m = partial[0];
    for (int w = 1; w < warps; w++) m = larger(m, partial[w]);
    __syncthreads();
    T s = 0;
    for (int c = threadIdx.x; c < columns; c += blockDim.x) s += exponential(in[c] - m);
    for (int d = 16; d > 0; d >>= 1) s += __shfl_xor_sync(0xffffffffu, s, d);
    if (lane == 0) partial[warp] = s;
    __syncthreads();
    s = 0;
    for (int w = 0; w < warps; w++) s += partial[w];
    __syncthreads();
    for (int c = threadIdx.x; c < columns; c += blockDim.x) out[c] = exponential(in[c] - m) / s;
  }
}
extern "C" __global__ void block_softmax_f32(const float *x, float *y, int rows, int columns) { blockSoftmax<float>(x, y, rows, columns); }
extern "C" __global__ void block_softmax_f64(const double *x, double *y, int rows, int columns) { blockSoftmax<double>(x, y, rows, columns); }

template <typename T, int WIDTH>
__device__ void groupSoftmax(const T *x, T *y, int rows, int columns) {
  const int group = (blockIdx.x * blockDim.x + threadIdx.x) / WIDTH, lane = threadIdx.x % WIDTH;
  const bool live = group < rows;
  T m = smallest<T>(), s = 0;
  if (live)
    for (int c = lane; c < columns; c += WIDTH) {
      T v = x[(long long)group * columns + c], n = larger(m, v);
      s = s * exponential(m - n) + exponential(v - n);
      m = n;
    }
#pragma unroll
  for (int d = WIDTH / 2; d > 0; d >>= 1) {
    T om = __shfl_down_sync(0xffffffffu, m, d, WIDTH), os = __shfl_down_sync(0xffffffffu, s, d, WIDTH);
    T n = larger(m, om);
    if (n != smallest<T>()) { s = s * exponential(m - n) + os * exponential(om - n); m = n; }
  }
  m = __shfl_sync(0xffffffffu, m, 0, WIDTH);
  s = __shfl_sync(0xffffffffu, s, 0, WIDTH);
  if (live)
    for (int c = lane; c < columns; c += WIDTH) y[(long long)group * columns + c] = exponential(x[(long long)group * columns + c] - m) / s;
}
extern "C" __global__ void warp_softmax_f32(const float *x, float *y, int rows, int columns) { groupSoftmax<float, 32>(x, y, rows, columns); }
extern "C" __global__ void warp_softmax_f64(const double *x, double *y, int rows, int columns) { groupSoftmax<double, 32>(x, y, rows, columns); }
extern "C" __global__ void quarter_softmax_f64(const double *x, double *y, int rows, int columns) { groupSoftmax<double, 8>(x, y, rows, columns); }

template <typename T>
__device__ void treeRowSum(const T *x, T *y, int columns) {
  extern __shared__ double raw[];
  T *tree = (T *)raw;
  T s = 0;
  for (int c = threadIdx.x; c < columns; c += blockDim.x) s += x[(long long)blockIdx.x * columns + c];
  tree[threadIdx.x] = s;
  __syncthreads();
  for (int d = blockDim.x / 2; d > 0; d >>= 1) {
    if (threadIdx.x < d) tree[threadIdx.x] += tree[threadIdx.x + d];
    __syncthreads();
  }
  if (threadIdx.x == 0) y[blockIdx.x] = tree[0];
}
extern "C" __global__ void tree_row_sum_f32(const float *x, float *y, int columns) { treeRowSum<float>(x, y, columns); }
extern "C" __global__ void tree_row_sum_f64(const double *x, double *y, int columns) { treeRowSum<double>(x, y, columns); }
