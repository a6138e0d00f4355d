package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendOptions;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.Backends;
import io.rowwise.backend.Device;
import io.rowwise.kernel.LinearCrossEntropy;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * A device {@code cuda} that computes as the CPU does, while a test has it in use, and fails as the
 * test says.
 */
public final class FaultyDevice implements BackendProvider {
  private static volatile IntConsumer beforeGradient;
  private static volatile IntConsumer beforeMatrix;
  private static AtomicInteger gradients = new AtomicInteger();

  /** In use until it is closed. */
  interface Use extends AutoCloseable {
    @Override
    void close();
  }

  /** What is called before each block's gradient, with its number, counted from 1. */
  static Use beforeGradients(IntConsumer what) {
    return use(what, rows -> {});
  }

  /** What is called before each matrix is made, with its number of rows. */
  static Use beforeMatrices(IntConsumer what) {
    return use(number -> {}, what);
  }

  private static Use use(IntConsumer gradient, IntConsumer matrix) {
    gradients = new AtomicInteger();
    beforeMatrix = matrix;
    beforeGradient = gradient;
    return () -> beforeGradient = null;
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int priority() {
    // Before the real one, or behind it.
    return beforeGradient == null ? -1 : 1000;
  }

  @Override
  public boolean isAutomatic() {
    return beforeGradient != null;
  }

  /** Its devices are called {@code GPU-0}, {@code GPU-1} and so on. */
  @Override
  public OptionalInt number(String device) {
    return device.matches("GPU-\\d")
        ? OptionalInt.of(Integer.parseInt(device.substring(4)))
        : OptionalInt.empty();
  }

  @Override
  public Backend open(OptionalInt index) {
    return open(index, BackendOptions.defaults());
  }

  @Override
  public Backend open(OptionalInt index, BackendOptions options) {
    Backend cpu = Backends.choose("cpu", false).backend();
    InvocationHandler answer =
        (proxy, method, arguments) -> {
          if (method.getName().equals("name")) {
            return name();
          }
          if (method.getName().equals("device")) {
            return new Device("cuda:" + index.orElse(0), "faulty", 0, Map.of());
          }
          if (method.getName().equals("matrix")) {
            beforeMatrix.accept((Integer) arguments[1]);
          }
          Object result = call(cpu, method, arguments);
          return result instanceof LinearCrossEntropy kernel ? counted(kernel) : result;
        };
    return proxy(Backend.class, answer);
  }

  private static LinearCrossEntropy counted(LinearCrossEntropy kernel) {
    return proxy(
        LinearCrossEntropy.class,
        (proxy, method, arguments) -> {
          IntConsumer before = beforeGradient;
          if (method.getName().equals("apply") && before != null) {
            before.accept(gradients.incrementAndGet());
          }
          return call(kernel, method, arguments);
        });
  }

  private static Object call(Object target, java.lang.reflect.Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler answer) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, answer));
  }
}
