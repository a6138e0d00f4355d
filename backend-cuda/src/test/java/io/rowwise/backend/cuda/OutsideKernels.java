package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.driver.LaunchSize;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** PTX from outside, and a backend to load it on which tells what the device is asked for. */
final class OutsideKernels implements AutoCloseable {
  /**
   * {@code echo} writes its numbers to {@code out}, and 1 if the pointer is null. {@code add} adds
   * one array of 3 doubles to another.
   */
  static final String PTX =
      """
      .version 7.0
      .target sm_75
      .address_size 64
      .visible .entry echo(
        .param .u64 .ptr .global .align 8 out,
        .param .s32 a,
        .param .s64 b,
        .param .f32 c,
        .param .f64 d,
        .param .u64 .ptr .global .align 8 nothing
      )
      {
        .reg .pred %p;
        .reg .b32 %r;
        .reg .b64 %l<4>;
        .reg .f32 %f;
        .reg .f64 %d<5>;
        ld.param.u64 %l0, [out];
        ld.param.u32 %r, [a];
        ld.param.u64 %l1, [b];
        ld.param.f32 %f, [c];
        ld.param.f64 %d3, [d];
        ld.param.u64 %l2, [nothing];
        cvta.to.global.u64 %l3, %l0;
        cvt.rn.f64.s32 %d0, %r;
        cvt.rn.f64.s64 %d1, %l1;
        cvt.f64.f32 %d2, %f;
        st.global.f64 [%l3], %d0;
        st.global.f64 [%l3+8], %d1;
        st.global.f64 [%l3+16], %d2;
        st.global.f64 [%l3+24], %d3;
        setp.eq.s64 %p, %l2, 0;
        selp.f64 %d4, 0d3FF0000000000000, 0d0000000000000000, %p;
        st.global.f64 [%l3+32], %d4;
        ret;
      }
      .visible .entry add(.param .u64 x, .param .u64 sum)
      .maxntid 32, 1, 1
      {
        .reg .pred %p;
        .reg .b32 %r;
        .reg .b64 %l<7>;
        .reg .f64 %d<3>;
        ld.param.u64 %l0, [x];
        ld.param.u64 %l1, [sum];
        cvta.to.global.u64 %l2, %l0;
        cvta.to.global.u64 %l3, %l1;
        mov.u32 %r, %tid.x;
        setp.ge.u32 %p, %r, 3;
        @%p bra DONE;
        mul.wide.u32 %l4, %r, 8;
        add.s64 %l5, %l2, %l4;
        add.s64 %l6, %l3, %l4;
        ld.global.f64 %d0, [%l5];
        ld.global.f64 %d1, [%l6];
        add.f64 %d2, %d0, %d1;
        st.global.f64 [%l6], %d2;
      DONE:
        ret;
      }
      .visible .entry nothing()
      {
        ret;
      }
      .visible .entry structure(.param .align 8 .b8 s[24])
      {
        ret;
      }
      """;

  final InterpretedGpu gpu = new InterpretedGpu();
  final List<String> calls = new ArrayList<>();
  final List<LaunchSize> sizes = new ArrayList<>();

  /** By the name of a call, what it is to throw. */
  final Map<String, DriverException> failures = new HashMap<>();

  /** By the name of a call, what is done before it. */
  final Map<String, Runnable> before = new HashMap<>();

  final CudaBackend cuda;

  /**
   * @param compiler asked when there is CUDA C++ to compile
   */
  OutsideKernels(Compiler compiler) {
    Gpu telling =
        (Gpu)
            Proxy.newProxyInstance(
                Gpu.class.getClassLoader(),
                new Class<?>[] {Gpu.class},
                (proxy, method, arguments) -> {
                  synchronized (calls) {
                    calls.add(method.getName());
                    if (method.getName().equals("launch")) {
                      sizes.add((LaunchSize) arguments[2]);
                    }
                  }
                  before.getOrDefault(method.getName(), () -> {}).run();
                  if (failures.containsKey(method.getName())) {
                    throw failures.get(method.getName());
                  }
                  try {
                    return method.invoke(gpu, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    Device device =
        new Device("cuda:0", "interpreter", 1L << 30, Map.of("driver for CUDA", "12.4"));
    cuda = new CudaBackend(device, telling, () -> compiler);
  }

  OutsideKernels() {
    this(null);
  }

  Backend backend() {
    return cuda;
  }

  long count(String call) {
    synchronized (calls) {
      return calls.stream().filter(call::equals).count();
    }
  }

  @Override
  public void close() {
    cuda.close();
  }
}
