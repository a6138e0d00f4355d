package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.kernel.LinearSoftmax;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A plain-Java backend that fails, or that keeps its caller waiting, when it is told to. */
final class FaultyBackend {
  private final ReferenceBackend real = new ReferenceBackend();
  volatile int mostRows = Integer.MAX_VALUE;
  volatile boolean lost;
  volatile CountDownLatch hold = new CountDownLatch(0);
  volatile CountDownLatch reached = new CountDownLatch(1);
  volatile boolean closed;

  /** Keeps whoever predicts until the latch that it gives is counted down. */
  CountDownLatch holdUp() {
    reached = new CountDownLatch(1);
    hold = new CountDownLatch(1);
    return hold;
  }

  int openMatrices() {
    return real.openMatrices();
  }

  BackendChoice choice(String requested) {
    Backend backend =
        (Backend)
            Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("matrix") && arguments.length >= 3) {
                    requireMemory((int) arguments[1]);
                  }
                  if (method.getName().equals("kernel")
                      && arguments[0].equals(LinearSoftmax.TYPE)) {
                    return linearSoftmax();
                  }
                  closed |= method.getName().equals("close");
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return new BackendChoice(backend, requested, Optional.empty());
  }

  private void requireMemory(int rows) {
    if (rows > mostRows) {
      throw new OutOfDeviceMemoryException("fake:0", rows, mostRows);
    }
  }

  private LinearSoftmax linearSoftmax() {
    LinearSoftmax kernel = real.kernel(LinearSoftmax.TYPE);
    return (x, weights, bias, probabilities) -> {
      reached.countDown();
      try {
        hold.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (lost) {
        throw new DeviceLostException("fake:0", new IllegalStateException("it broke"));
      }
      kernel.apply(x, weights, bias, probabilities);
    };
  }
}
