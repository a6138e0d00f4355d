// Numbers of 16 bits, which are read and written and computed with as floats.
#pragma once

struct Bfloat16 {
  unsigned short bits;
};

struct Float16 {
  unsigned short bits;
};

// What numbers of a type are computed in.
template <typename S>
struct ComputedIn {
  using type = S;
};
template <>
struct ComputedIn<Bfloat16> {
  using type = float;
};
template <>
struct ComputedIn<Float16> {
  using type = float;
};

template <typename S>
using Computed = typename ComputedIn<S>::type;

template <typename S>
constexpr bool IS_HALF = sizeof(S) == 2;

__device__ inline float widened(Bfloat16 x) { return __uint_as_float(unsigned(x.bits) << 16); }

__device__ inline float widened(Float16 x) {
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(x.bits));
  return wide;
}

__device__ inline float widened(float x) { return x; }

__device__ inline double widened(double x) { return x; }

// The float towards 0, with its last digit set where something was lost: rounded again to some
// digits less, it gives what the only rounding would (S. Boldo and G. Melquiond, When double
// rounding is odd, 2005).
__device__ inline float rounded_to_odd(double x) {
  float towards_zero = __double2float_rz(x);
  return double(towards_zero) == x ? towards_zero
                                   : __uint_as_float(__float_as_uint(towards_zero) | 1);
}

__device__ inline float rounded_to_odd(float x) { return x; }

// A number rounded to a type, to the nearest and of two as near to the even one.
template <typename To>
struct Narrow;

template <>
struct Narrow<Bfloat16> {
  template <typename T>
  __device__ static Bfloat16 of(T x) {
#if __CUDA_ARCH__ >= 800
    Bfloat16 narrow;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(narrow.bits) : "f"(rounded_to_odd(x)));
    return narrow;
#else
    unsigned bits = __float_as_uint(rounded_to_odd(x));
    unsigned rounded = bits + 0x7fff + (bits >> 16 & 1);
    return {static_cast<unsigned short>(x == x ? rounded >> 16 : 0x7fff)};
#endif
  }
};

template <>
struct Narrow<Float16> {
  template <typename T>
  __device__ static Float16 of(T x) {
    Float16 narrow;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(narrow.bits) : "f"(rounded_to_odd(x)));
    return narrow;
  }
};

template <>
struct Narrow<float> {
  template <typename T>
  __device__ static float of(T x) {
    return float(x);
  }
};

template <>
struct Narrow<double> {
  template <typename T>
  __device__ static double of(T x) {
    return double(x);
  }
};
