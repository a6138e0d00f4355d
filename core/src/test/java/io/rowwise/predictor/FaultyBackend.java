package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.kernel.LinearSoftmax;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** A plain-Java backend that fails, or that keeps its caller waiting, when it is told to. */
final class FaultyBackend {
  private final String name;
  private final ReferenceBackend real;
  volatile int mostRows = Integer.MAX_VALUE;
  volatile boolean lost;
  volatile boolean outOfMemory;
  volatile CountDownLatch hold = new CountDownLatch(0);
  volatile CountDownLatch reached = new CountDownLatch(1);
  volatile boolean closed;
  volatile Supplier<Throwable> failure = () -> new IllegalStateException("on purpose");
  volatile int failingCall = -1;
  final AtomicInteger calls = new AtomicInteger();
  final AtomicLong mostBytes = new AtomicLong();

  FaultyBackend() {
    this.name = "fake:0";
    this.real = new ReferenceBackend();
  }

  /** Of a device that is called so. */
  FaultyBackend(String name) {
    this.name = name;
    this.real = new ReferenceBackend(name, List.of());
  }

  /** Keeps whoever predicts until the latch that it gives is counted down. */
  CountDownLatch holdUp() {
    reached = new CountDownLatch(1);
    hold = new CountDownLatch(1);
    return hold;
  }

  int openMatrices() {
    return real.openMatrices();
  }

  long openBytes() {
    return real.openBytes();
  }

  BackendChoice choice(String requested) {
    return new BackendChoice(backend(), requested, Optional.empty());
  }

  Backend backend() {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("matrix") && arguments.length >= 3) {
                maybeFail();
                requireMemory((int) arguments[1]);
              }
              if (method.getName().equals("kernel") && arguments[0].equals(LinearSoftmax.TYPE)) {
                maybeFail();
                return linearSoftmax();
              }
              closed |= method.getName().equals("close");
              try {
                Object result = method.invoke(real, arguments);
                mostBytes.accumulateAndGet(real.openBytes(), Math::max);
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** What it throws when it is lost. */
  DeviceLostException lostException() {
    return new DeviceLostException(name, new IllegalStateException("it broke"));
  }

  private void maybeFail() throws Throwable {
    if (calls.incrementAndGet() == failingCall) {
      throw failure.get();
    }
  }

  private void requireMemory(int rows) {
    if (rows > mostRows) {
      throw new OutOfDeviceMemoryException(name, rows, mostRows);
    }
  }

  private LinearSoftmax linearSoftmax() {
    LinearSoftmax kernel = real.kernel(LinearSoftmax.TYPE);
    return new LinearSoftmax() {
      @Override
      public void apply(Matrix x, Matrix weights, Matrix bias, Matrix probabilities) {
        reached.countDown();
        try {
          hold.await();
          maybeFail();
        } catch (RuntimeException | Error e) {
          throw e;
        } catch (Throwable e) {
          throw new IllegalStateException(e);
        }
        if (outOfMemory) {
          throw new OutOfDeviceMemoryException(name, x.rows(), 0);
        }
        if (lost) {
          throw lostException();
        }
        kernel.apply(x, weights, bias, probabilities);
      }

      @Override
      public void close() {
        kernel.close();
      }
    };
  }
}
