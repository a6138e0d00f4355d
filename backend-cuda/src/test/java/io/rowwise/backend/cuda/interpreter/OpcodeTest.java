package io.rowwise.backend.cuda.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cuda.ptx.PtxException;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each opcode by itself: {@code opcode operand ... -> result}. An operand is a type with bits in
 * hexadecimal ({@code s32:7fffffff}) or, for floating types, a number ({@code f32=1.5}).
 */
class OpcodeTest {
  private static final String INTEGERS =
      """
      add.s32 s32:7fffffff s32:1 -> s32:80000000
      add.s64 s64:7fffffffffffffff s64:1 -> s64:8000000000000000
      add.u16 u16:ffff u16:2 -> u16:1
      sub.s32 s32:80000000 s32:1 -> s32:7fffffff
      sub.s64 s64:0 s64:1 -> s64:ffffffffffffffff
      mul.lo.s32 s32:10001 s32:10001 -> s32:20001
      mul.hi.s32 s32:ffffffff s32:2 -> s32:ffffffff
      mul.hi.u32 u32:ffffffff u32:ffffffff -> u32:fffffffe
      mul.hi.s64 s64:ffffffffffffffff s64:2 -> s64:ffffffffffffffff
      mul.hi.u64 u64:ffffffffffffffff u64:ffffffffffffffff -> u64:fffffffffffffffe
      mul.hi.u64 u64:ffffffffffffffff u64:2 -> u64:1
      mul.hi.u64 u64:2 u64:8000000000000000 -> u64:1
      mul.wide.s32 s32:ffffffff s32:4 -> s64:fffffffffffffffc
      mul.wide.u32 u32:ffffffff u32:4 -> u64:3fffffffc
      mul.wide.s16 s16:ffff s16:3 -> s32:fffffffd
      mul.wide.u16 u16:ffff u16:3 -> u32:2fffd
      mul.lo.s64 s64:100000001 s64:100000001 -> s64:200000001
      mad.lo.s32 s32:7 s32:6 s32:ffffffff -> s32:29
      mad.hi.u32 u32:80000000 u32:4 u32:1 -> u32:3
      mad.wide.s32 s32:fffffffe s32:8 s64:20 -> s64:10
      div.s32 s32:fffffff9 s32:2 -> s32:fffffffd
      div.u32 u32:fffffff9 u32:2 -> u32:7ffffffc
      div.u64 u64:ffffffffffffffff u64:2 -> u64:7fffffffffffffff
      div.s64 s64:fffffffffffffff9 s64:2 -> s64:fffffffffffffffd
      rem.s32 s32:fffffff9 s32:4 -> s32:fffffffd
      rem.u32 u32:fffffff9 u32:4 -> u32:1
      rem.u64 u64:ffffffffffffffff u64:10 -> u64:f
      min.s32 s32:ffffffff s32:1 -> s32:ffffffff
      min.u32 u32:ffffffff u32:1 -> u32:1
      min.u64 u64:ffffffffffffffff u64:1 -> u64:1
      max.s32 s32:ffffffff s32:1 -> s32:1
      max.u32 u32:ffffffff u32:1 -> u32:ffffffff
      max.s64 s64:ffffffffffffffff s64:1 -> s64:1
      max.u64 u64:ffffffffffffffff u64:1 -> u64:ffffffffffffffff
      abs.s32 s32:fffffffb -> s32:5
      abs.s32 s32:80000000 -> s32:80000000
      neg.s32 s32:5 -> s32:fffffffb
      neg.s64 s64:1 -> s64:ffffffffffffffff
      sad.s32 s32:fffffffe s32:3 s32:a -> s32:f
      sad.u32 u32:fffffffe u32:3 u32:0 -> u32:fffffffb
      and.b32 b32:ff00ff00 b32:0ff00ff0 -> b32:0f000f00
      or.b32 b32:f0 b32:0f -> b32:ff
      xor.b64 b64:ffffffffffffffff b64:f -> b64:fffffffffffffff0
      not.b32 b32:0 -> b32:ffffffff
      cnot.b32 b32:0 -> b32:1
      cnot.b32 b32:7 -> b32:0
      shl.b32 b32:1 b32:1f -> b32:80000000
      shl.b32 b32:1 b32:20 -> b32:0
      shl.b32 b32:1 b32:ffffffff -> b32:0
      shl.b64 b64:1 b32:3f -> b64:8000000000000000
      shl.b64 b64:1 b32:40 -> b64:0
      shr.u32 u32:80000000 b32:1f -> u32:1
      shr.u32 u32:80000000 b32:20 -> u32:0
      shr.s32 s32:80000000 b32:1f -> s32:ffffffff
      shr.s32 s32:80000000 b32:40 -> s32:ffffffff
      shr.s32 s32:7fffffff b32:20 -> s32:0
      shr.s64 s64:8000000000000000 b32:ff -> s64:ffffffffffffffff
      shr.u64 u64:8000000000000000 b32:40 -> u64:0
      shr.b32 b32:80000000 b32:4 -> b32:08000000
      shf.l.wrap.b32 b32:80000001 b32:2 b32:21 -> b32:5
      shf.r.wrap.b32 b32:80000001 b32:2 b32:1 -> b32:40000000
      shf.l.clamp.b32 b32:80000001 b32:2 b32:40 -> b32:80000001
      shf.r.clamp.b32 b32:80000001 b32:2 b32:40 -> b32:2
      popc.b32 b32:f0f0f0f0 -> u32:10
      popc.b64 b64:ffffffffffffffff -> u32:40
      clz.b32 b32:0 -> u32:20
      clz.b32 b32:1 -> u32:1f
      clz.b64 b64:1 -> u32:3f
      brev.b32 b32:1 -> b32:80000000
      brev.b64 b64:1 -> b64:8000000000000000
      bfind.u32 u32:80000000 -> u32:1f
      bfind.u32 u32:0 -> u32:ffffffff
      bfind.s32 s32:ffffffff -> u32:ffffffff
      bfind.s32 s32:fffffff0 -> u32:3
      bfind.shiftamt.u32 u32:1 -> u32:1f
      bfe.u32 u32:abcd1234 u32:8 u32:8 -> u32:12
      bfe.s32 s32:0000f000 u32:8 u32:8 -> s32:fffffff0
      bfe.s32 s32:80000000 u32:1c u32:10 -> s32:fffffff8
      bfe.u32 u32:80000000 u32:1c u32:10 -> u32:8
      bfe.s32 s32:80000000 u32:40 u32:8 -> s32:ffffffff
      bfe.u32 u32:ffffffff u32:0 u32:0 -> u32:0
      bfe.u64 u64:ffffffffffffffff u32:0 u32:40 -> u64:ffffffffffffffff
      bfi.b32 b32:ff b32:0 b32:8 b32:4 -> b32:f00
      bfi.b32 b32:ff b32:12345678 b32:20 b32:4 -> b32:12345678
      bfi.b64 b64:1 b64:0 b32:3f b32:1 -> b64:8000000000000000
      prmt.b32 b32:33221100 b32:77665544 b32:7531 -> b32:77553311
      prmt.b32 b32:00000080 b32:0 b32:8888 -> b32:ffffffff
      lop3.b32 b32:f0 b32:cc b32:aa b32:96 -> b32:96
      lop3.b32 b32:f0 b32:cc b32:aa b32:e8 -> b32:e8
      """;

  private static final String FLOATS =
      """
      add.f32 f32=0x1p24 f32=1 -> f32=0x1p24
      add.rn.f32 f32=1 f32=0x1p-24 -> f32=1
      add.rp.f32 f32=1 f32=0x1p-24 -> f32=0x1.000002p0
      add.rm.f32 f32=1 f32=0x1.8p-24 -> f32=1
      add.rz.f32 f32=-1 f32=0x1p-60 -> f32=-0x1.fffffep-1
      add.rm.f32 f32=1 f32=-1 -> f32=-0.0
      add.rn.f32 f32=1 f32=-1 -> f32=0.0
      add.f32 f32=NaN f32=1 -> f32:7fffffff
      add.f32 f32=Infinity f32=-Infinity -> f32:7fffffff
      add.f32 f32=-0.0 f32=-0.0 -> f32=-0.0
      add.f32 f32=0x1p-149 f32=0x1p-149 -> f32=0x1p-148
      add.ftz.f32 f32=0x1p-149 f32=-0x1p-149 -> f32=0.0
      add.sat.f32 f32=1 f32=1 -> f32=1
      add.sat.f32 f32=NaN f32=1 -> f32=0.0
      sub.f32 f32=1 f32=1 -> f32=0.0
      sub.rp.f32 f32=1 f32=-0x1p-30 -> f32=0x1.000002p0
      mul.f32 f32=0x1p127 f32=2 -> f32=Infinity
      mul.rz.f32 f32=0x1p127 f32=2 -> f32=0x1.fffffep127
      mul.rm.f32 f32=0x1p127 f32=-2 -> f32=-Infinity
      mul.rp.f32 f32=0x1.000002p0 f32=0x1.000002p0 -> f32=0x1.000006p0
      mul.f32 f32=0 f32=Infinity -> f32:7fffffff
      mul.f32 f32=-1 f32=0 -> f32=-0.0
      mul.ftz.f32 f32=0x1p-100 f32=-0x1p-40 -> f32=-0.0
      fma.rn.f32 f32=0x1.000002p0 f32=0x1.000002p0 f32=-0x1.000004p0 -> f32=0x1p-46
      fma.rm.f32 f32=1 f32=0x1p-30 f32=12582913 -> f32=12582913
      fma.rm.f32 f32=1 f32=-0x1p-30 f32=12582913 -> f32=12582912
      fma.rp.f32 f32=1 f32=0x1p-30 f32=12582913 -> f32=12582914
      fma.rz.f32 f32=-1 f32=0x1.8p0 f32=-12582913 -> f32=-12582914
      fma.rn.sat.f32 f32=2 f32=3 f32=1 -> f32=1
      mad.rn.f32 f32=2 f32=3 f32=1 -> f32=7
      div.rn.f32 f32=1 f32=3 -> f32=0x1.555556p-2
      div.rn.f32 f32=1 f32=-0.0 -> f32=-Infinity
      div.rn.f32 f32=0 f32=0 -> f32:7fffffff
      div.approx.f32 f32=1 f32=4 -> f32=0.25
      div.full.f32 f32=1 f32=4 -> f32=0.25
      rcp.rn.f32 f32=3 -> f32=0x1.555556p-2
      rcp.approx.ftz.f32 f32=0x1p-140 -> f32=Infinity
      rcp.approx.ftz.f32 f32=0x1p127 -> f32=0.0
      sqrt.rn.f32 f32=2 -> f32=0x1.6a09e6p0
      sqrt.rn.f32 f32=-1 -> f32:7fffffff
      sqrt.rn.f32 f32=-0.0 -> f32=-0.0
      rsqrt.approx.f32 f32=4 -> f32=0.5
      rsqrt.approx.f32 f32=0 -> f32=Infinity
      ex2.approx.f32 f32=-1 -> f32=0.5
      ex2.approx.f32 f32=-149 -> f32=0x1p-149
      ex2.approx.ftz.f32 f32=-149 -> f32=0.0
      ex2.approx.ftz.f32 f32=-Infinity -> f32=0.0
      ex2.approx.ftz.f32 f32=Infinity -> f32=Infinity
      ex2.approx.ftz.f32 f32=0x1p-149 -> f32=1
      lg2.approx.f32 f32=8 -> f32=3
      lg2.approx.f32 f32=0x1p-149 -> f32=-149
      lg2.approx.f32 f32=0 -> f32=-Infinity
      lg2.approx.f32 f32=-1 -> f32:7fffffff
      lg2.approx.f32 f32=Infinity -> f32=Infinity
      lg2.approx.ftz.f32 f32=0x1p-149 -> f32=-Infinity
      sin.approx.f32 f32=0 -> f32=0.0
      cos.approx.f32 f32=0 -> f32=1
      tanh.approx.f32 f32=Infinity -> f32=1
      abs.f32 f32=-0.0 -> f32=0.0
      abs.f32 f32=-Infinity -> f32=Infinity
      neg.f32 f32=0 -> f32=-0.0
      neg.ftz.f32 f32=0x1p-149 -> f32=-0.0
      min.f32 f32=NaN f32=1 -> f32=1
      min.f32 f32=1 f32=NaN -> f32=1
      min.f32 f32=0 f32=-0.0 -> f32=-0.0
      min.NaN.f32 f32=1 f32=NaN -> f32:7fffffff
      max.f32 f32=NaN f32=NaN -> f32:7fffffff
      max.f32 f32=-0.0 f32=0 -> f32=0.0
      max.f32 f32=-3 f32=NaN -> f32=-3
      copysign.f32 f32=-2 f32=3 -> f32=-3
      add.f64 f64=0x1p53 f64=1 -> f64=0x1p53
      add.rn.f64 f64=Infinity f64=1 -> f64=Infinity
      sub.f64 f64=1 f64=1 -> f64=0.0
      mul.f64 f64=0x1p1023 f64=2 -> f64=Infinity
      fma.rn.f64 f64=0x1.0000000000001p0 f64=0x1.0000000000001p0 f64=-0x1.0000000000002p0 -> f64=0x1p-104
      div.rn.f64 f64=1 f64=3 -> f64=0x1.5555555555555p-2
      div.rn.f64 f64=-1 f64=0 -> f64=-Infinity
      rcp.rn.f64 f64=3 -> f64=0x1.5555555555555p-2
      rcp.approx.ftz.f64 f64=3 -> f64:3fd5555500000000
      rcp.approx.ftz.f64 f64=0x1p-1074 -> f64=Infinity
      rsqrt.approx.f64 f64=4 -> f64=0.5
      rsqrt.approx.ftz.f64 f64=2 -> f64:3fe6a09e00000000
      sqrt.rn.f64 f64=2 -> f64=0x1.6a09e667f3bcdp0
      abs.f64 f64=-2 -> f64=2
      neg.f64 f64=2 -> f64=-2
      min.f64 f64=NaN f64=2 -> f64=2
      max.f64 f64=2 f64=NaN -> f64=2
      max.f64 f64=-0.0 f64=0 -> f64=0.0
      copysign.f64 f64=-1 f64=5 -> f64=-5
      """;

  private static final String CONVERSIONS =
      """
      cvt.s64.s32 s32:ffffffff -> s64:ffffffffffffffff
      cvt.u64.u32 u32:ffffffff -> u64:ffffffff
      cvt.u32.u64 u64:1234567890 -> u32:34567890
      cvt.s32.s16 s16:8000 -> s32:ffff8000
      cvt.u32.u16 u16:8000 -> u32:8000
      cvt.s32.s8 s32:80 -> s32:ffffff80
      cvt.u16.u8 u16:1ff -> u16:ff
      cvt.sat.u8.s32 s32:ffffffff -> u32:0
      cvt.sat.u8.s32 s32:100 -> u32:ff
      cvt.sat.s8.s32 s32:ffffff00 -> s32:ffffff80
      cvt.sat.s32.u64 u64:ffffffffffffffff -> s32:7fffffff
      cvt.sat.u64.s64 s64:ffffffffffffffff -> u64:0
      cvt.rn.f32.s32 s32:1000001 -> f32=0x1p24
      cvt.rp.f32.s32 s32:1000001 -> f32=0x1.000002p24
      cvt.rz.f32.s32 s32:feffffff -> f32=-0x1p24
      cvt.rm.f32.s32 s32:feffffff -> f32=-0x1.000002p24
      cvt.rn.f32.u32 u32:ffffffff -> f32=0x1p32
      cvt.rz.f32.u64 u64:ffffffffffffffff -> f32=0x1.fffffep63
      cvt.rn.f32.u64 u64:8000008000000001 -> f32=0x1.000002p63
      cvt.rn.f32.s64 s64:8000000000000000 -> f32=-0x1p63
      cvt.rn.f64.s32 s32:80000000 -> f64=-0x1p31
      cvt.rn.f64.u32 u32:ffffffff -> f64=4294967295
      cvt.rn.f64.s64 s64:20000000000001 -> f64=0x1p53
      cvt.rn.f64.u64 u64:ffffffffffffffff -> f64=0x1p64
      cvt.rn.f64.u64 u64:8000000000000401 -> f64=0x1.0000000000001p63
      cvt.f64.f32 f32=0x1p-149 -> f64=0x1p-149
      cvt.f64.f32 f32=-Infinity -> f64=-Infinity
      cvt.ftz.f64.f32 f32=-0x1p-149 -> f64=-0.0
      cvt.rn.f32.f64 f64=0x1.000001p0 -> f32=1
      cvt.rp.f32.f64 f64=0x1.000001p0 -> f32=0x1.000002p0
      cvt.rm.f32.f64 f64=-0x1.000001p0 -> f32=-0x1.000002p0
      cvt.rz.f32.f64 f64=1e300 -> f32=0x1.fffffep127
      cvt.rn.f32.f64 f64=1e300 -> f32=Infinity
      cvt.rn.f16.f32 f32=1 -> b16:3c00
      cvt.rn.f16.f32 f32=-65520 -> b16:fc00
      cvt.rn.f16.f32 f32=0x1.8p-25 -> b16:1
      cvt.rn.f16.f32 f32=0x1p-25 -> b16:0
      cvt.rn.f16.f32 f32=NaN -> b16:7fff
      cvt.rn.bf16.f32 f32=1 -> b16:3f80
      cvt.rn.bf16.f32 f32=0x1.01p0 -> b16:3f80
      cvt.rn.bf16.f32 f32=0x1.010002p0 -> b16:3f81
      cvt.rn.bf16.f32 f32=0x1.03p0 -> b16:3f82
      cvt.rn.bf16.f32 f32=-0x1.fep127 -> b16:ff7f
      cvt.rn.bf16.f32 f32=-0x1.ffp127 -> b16:ff80
      cvt.rn.bf16.f32 f32=Infinity -> b16:7f80
      cvt.rn.bf16.f32 f32=0x1.8p-134 -> b16:1
      cvt.rn.bf16.f32 f32=0x1p-134 -> b16:0
      cvt.rn.bf16.f32 f32=-0.0 -> b16:8000
      cvt.rn.bf16.f32 f32=NaN -> b16:7fff
      cvt.rn.bf16x2.f32 f32=1 f32=-2 -> b32:3f80c000
      cvt.rn.bf16x2.f32 f32=NaN f32=0x1.03p0 -> b32:7fff3f82
      cvt.rn.bf16x2.f32 f32=-0x1.ffp127 f32=0x1.8p-134 -> b32:ff800001
      cvt.rn.f16x2.f32 f32=1 f32=-2 -> b32:3c00c000
      cvt.rn.f16x2.f32 f32=-65520 f32=0x1.8p-25 -> b32:fc000001
      cvt.rn.f16x2.f32 f32=0x1.002p0 f32=NaN -> b32:3c007fff
      cvt.rn.f16x2.f32 f32=Infinity f32=0x1.006p0 -> b32:7c003c02
      cvt.f32.f16 b16:3c00 -> f32=1
      cvt.f32.f16 b16:8001 -> f32=-0x1p-24
      cvt.f32.f16 b16:fbff -> f32=-65504
      cvt.f32.f16 b16:7c00 -> f32=Infinity
      cvt.rn.f32.f64 f64=NaN -> f32:7fffffff
      cvt.sat.f32.f32 f32=1.5 -> f32=1
      cvt.sat.f32.f32 f32=-1.5 -> f32=0.0
      cvt.sat.f32.f32 f32=NaN -> f32=0.0
      cvt.rni.f32.f32 f32=2.5 -> f32=2
      cvt.rmi.f32.f32 f32=-2.5 -> f32=-3
      cvt.rpi.f64.f64 f64=-0.5 -> f64=-0.0
      cvt.rzi.f64.f64 f64=-2.9 -> f64=-2
      cvt.rzi.s32.f32 f32=-2.9 -> s32:fffffffe
      cvt.rni.s32.f32 f32=3.5 -> s32:4
      cvt.rmi.s32.f64 f64=-2.1 -> s32:fffffffd
      cvt.rpi.s32.f64 f64=2.1 -> s32:3
      cvt.rzi.s32.f32 f32=1e10 -> s32:7fffffff
      cvt.rzi.s32.f32 f32=-1e10 -> s32:80000000
      cvt.rzi.u32.f32 f32=-1 -> u32:0
      cvt.rzi.u32.f64 f64=1e10 -> u32:ffffffff
      cvt.rzi.s32.f32 f32=NaN -> s32:0
      cvt.rzi.s64.f32 f32=NaN -> s64:8000000000000000
      cvt.rzi.s32.f64 f64=NaN -> s32:80000000
      cvt.rzi.u64.f64 f64=0x1.8p63 -> u64:c000000000000000
      cvt.rzi.u64.f64 f64=1e30 -> u64:ffffffffffffffff
      cvt.rzi.s64.f64 f64=1e30 -> s64:7fffffffffffffff
      cvt.rzi.u16.f32 f32=70000 -> u16:ffff
      """;

  private static final String PREDICATES =
      """
      setp.eq.s32 s32:5 s32:5 -> pred:1
      setp.ne.s32 s32:5 s32:5 -> pred:0
      setp.lt.s32 s32:ffffffff s32:0 -> pred:1
      setp.lt.u32 u32:ffffffff u32:0 -> pred:0
      setp.le.s64 s64:8000000000000000 s64:0 -> pred:1
      setp.gt.u64 u64:8000000000000000 u64:0 -> pred:1
      setp.ge.u64 u64:0 u64:8000000000000000 -> pred:0
      setp.hi.u32 u32:ffffffff u32:0 -> pred:1
      setp.ls.u32 u32:1 u32:1 -> pred:1
      setp.lo.u32 u32:1 u32:1 -> pred:0
      setp.hs.u32 u32:1 u32:1 -> pred:1
      setp.eq.b32 b32:1 b32:1 -> pred:1
      setp.eq.s16 s16:ffff s16:ffff -> pred:1
      setp.lt.s16 s16:8000 s16:0 -> pred:1
      setp.eq.f32 f32=0 f32=-0.0 -> pred:1
      setp.eq.f32 f32=NaN f32=NaN -> pred:0
      setp.ne.f32 f32=NaN f32=1 -> pred:0
      setp.neu.f32 f32=NaN f32=1 -> pred:1
      setp.neu.f32 f32=1 f32=1 -> pred:0
      setp.equ.f32 f32=NaN f32=1 -> pred:1
      setp.lt.f32 f32=NaN f32=1 -> pred:0
      setp.ltu.f32 f32=NaN f32=1 -> pred:1
      setp.ltu.f32 f32=2 f32=1 -> pred:0
      setp.le.f64 f64=1 f64=1 -> pred:1
      setp.leu.f64 f64=NaN f64=1 -> pred:1
      setp.gt.f64 f64=Infinity f64=1e308 -> pred:1
      setp.gtu.f64 f64=NaN f64=1 -> pred:1
      setp.ge.f64 f64=NaN f64=1 -> pred:0
      setp.geu.f32 f32=1 f32=2 -> pred:0
      setp.geu.f32 f32=1 f32=NaN -> pred:1
      setp.num.f32 f32=1 f32=NaN -> pred:0
      setp.nan.f64 f64=1 f64=NaN -> pred:1
      setp.eq.f32 f32=0x1p-149 f32=0 -> pred:0
      setp.eq.ftz.f32 f32=0x1p-149 f32=0 -> pred:1
      testp.finite.f32 f32=Infinity -> pred:0
      testp.infinite.f64 f64=-Infinity -> pred:1
      testp.number.f32 f32=NaN -> pred:0
      testp.notanumber.f32 f32=NaN -> pred:1
      testp.normal.f32 f32=0x1p-149 -> pred:0
      testp.subnormal.f32 f32=0x1p-149 -> pred:1
      testp.subnormal.f64 f64=0 -> pred:0
      """;

  static Stream<String> rows() {
    return Stream.of(INTEGERS, FLOATS, CONVERSIONS, PREDICATES).flatMap(String::lines);
  }

  private record Value(String type, long bits) {
    static Value parse(String written) {
      if (written.startsWith("pred:")) {
        return new Value("pred", Long.parseLong(written.substring(5)));
      }
      String type = written.substring(0, 3);
      String value = written.substring(4);
      if (written.charAt(3) == ':') {
        return new Value(type, Long.parseUnsignedLong(value, 16));
      }
      return new Value(
          type,
          type.equals("f32")
              ? Float.floatToRawIntBits(Float.parseFloat(value)) & 0xFFFFFFFFL
              : Double.doubleToRawLongBits(Double.parseDouble(value)));
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void computesWhatTheIsaSays(String row) {
    String[] sides = row.split(" -> ", -1);
    String[] left = sides[0].split(" ", -1);
    Value expected = Value.parse(sides[1]);
    assertEquals(
        Long.toHexString(expected.bits), Long.toHexString(compute(left, expected.type)), row);
  }

  /** Runs the instruction with its operands in registers. */
  private static long compute(String[] opcodeAndOperands, String resultType) {
    boolean predicate = resultType.equals("pred");
    StringBuilder body = new StringBuilder(".reg .pred %p; .reg .b32 %flag; .reg .b64 %to;\n");
    StringBuilder names = new StringBuilder();
    StringBuilder parameters = new StringBuilder(".param .u64 to");
    KernelRunner runner = new KernelRunner();
    Object[] arguments = new Object[opcodeAndOperands.length];
    long result = runner.doubles(0);
    arguments[0] = result;
    for (int i = 1; i < opcodeAndOperands.length; i++) {
      Value operand = Value.parse(opcodeAndOperands[i]);
      arguments[i] = operand.bits;
      parameters.append(", .param .u64 p").append(i);
      body.append(
          String.format(
              Locale.ROOT,
              ".reg .%1$s %%a%2$d; ld.param.%1$s %%a%2$d, [p%2$d];\n",
              operand.type,
              i));
      names.append(", %a").append(i);
    }
    body.append("ld.param.u64 %to, [to];\n");
    if (predicate) {
      body.append(opcodeAndOperands[0]).append(" %p").append(names).append(";\n");
      body.append("selp.b32 %flag, 1, 0, %p; st.global.b32 [%to], %flag;");
    } else {
      body.append(".reg .").append(resultType).append(" %d;\n");
      body.append(opcodeAndOperands[0]).append(" %d").append(names).append(";\n");
      body.append("st.global.").append(resultType).append(" [%to], %d;");
    }
    PtxModule module =
        PtxModule.parse(
            KernelRunner.kernel(parameters.toString(), body.append(" ret;").toString()));
    runner.launch(module, "k", 1, 1, 0, arguments);
    return Double.doubleToRawLongBits(runner.readDoubles(result, 1)[0]);
  }

  @Test
  void everyPositionOfTheTableOfLop3IsALineOfTheTruthTable() {
    for (int table = 0; table < 256; table++) {
      long result =
          compute(
              new String[] {
                "lop3.b32", "b32:f0", "b32:cc", "b32:aa", "b32:" + Integer.toHexString(table)
              },
              "b32");
      assertEquals(table, result & 0xFF);
    }
  }

  @Test
  void integerDivisionByZeroIsAFault() {
    KernelFault fault =
        assertThrows(
            KernelFault.class, () -> compute(new String[] {"div.s32", "s32:1", "s32:0"}, "s32"));
    assertEquals(KernelFault.Kind.DIVISION_BY_ZERO, fault.kind());
    // Behind the head, the registers, and the loads of two operands and the address.
    assertEquals(11, fault.line());
  }

  @ParameterizedTest
  @MethodSource("notImplemented")
  void whatIsNotImplementedIsAnErrorThatNamesTheLine(String instruction) {
    String text =
        KernelRunner.kernel(
            "",
            ".reg .b32 %r<5>; .reg .b64 %rd<5>; .reg .f32 %f<5>; .reg .f64 %fd<5>;\n"
                + ".reg .pred %p<5>;\n"
                + instruction
                + "\nret;");
    PtxException error = assertThrows(PtxException.class, () -> PtxModule.parse(text));
    assertEquals(8, error.line(), error.getMessage());
    assertTrue(error.getMessage().startsWith("line 8: "), error.getMessage());
  }

  static Stream<String> notImplemented() {
    return Stream.of(
        "frobnicate.s32 %r1, %r2;",
        "add.cc.s32 %r1, %r2, %r3;",
        "add.sat.s32 %r1, %r2, %r3;",
        "add.f16 %f1, %f2, %f3;",
        "add.rm.f64 %fd1, %fd2, %fd3;",
        "add.ftz.f64 %fd1, %fd2, %fd3;",
        "div.sat.f32 %f1, %f2, %f3;",
        "div.rz.f32 %f1, %f2, %f3;",
        "max.sat.f32 %f1, %f2, %f3;",
        "ex2.f32 %f1, %f2;",
        "cvt.s32.f32 %r1, %f2;",
        "cvt.f32.f64 %f1, %fd2;",
        "cvt.bf16.f32 %r1, %f2;",
        "cvt.rn.relu.bf16x2.f32 %r1, %f2, %f3;",
        "cvt.rn.bf16x2.f32 %r1, %f2;",
        "cvt.rn.bf16.f64 %r1, %fd2;",
        "setp.lt.b32 %p1, %r1, %r2;",
        "setp.lo.s32 %p1, %r1, %r2;",
        "setp.lt.and.s32 %p1, %r1, %r2;",
        "mul.s32 %r1, %r2, %r3;",
        "add.s32 %r1, %r2;",
        "add.s32 %r1, %r2, %p1;",
        "mov.u32 %r1, nowhere;",
        "shfl.down.b32 %r1, %r2, %r3, %r4;",
        "bar.sync 0, 64;",
        "bar.arrive 0, 64;",
        "membar;",
        "st.const.b32 [%rd1], %r1;",
        "ld.global.v2.f32 %f1, [%rd1];",
        "ld.global.f32 %f1, %rd1;",
        "atom.global.add.u16 %r1, [%rd1], %r2;",
        "call foo;",
        "bra nowhere;");
  }
}
