package io.rowwise.backend.cuda.driver;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/** A device one of whose calls fails, once. Calls that give something back never do. */
public final class FailingGpu {
  private static final Set<String> GIVES_BACK =
      Set.of("free", "unpin", "unload", "destroyStream", "forget", "close");

  private final InterpretedGpu gpu;
  private final int failing;
  private final int code;
  private int calls;
  private boolean recording;
  private boolean failedRecording;

  /**
   * @param failing the number of the call that fails, counted from 1
   * @param code the driver's error
   */
  public FailingGpu(InterpretedGpu gpu, int failing, int code) {
    this.gpu = gpu;
    this.failing = failing;
    this.code = code;
  }

  public Gpu proxy() {
    return (Gpu)
        Proxy.newProxyInstance(
            Gpu.class.getClassLoader(),
            new Class<?>[] {Gpu.class},
            (proxy, method, arguments) -> {
              before(method.getName());
              try {
                return method.invoke(gpu, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private synchronized void before(String name) {
    recording |= name.equals("beginRecording");
    if (!GIVES_BACK.contains(name) && ++calls == failing) {
      boolean first = gpu.streams() == 0;
      failedRecording = recording || (name.equals("createStream") && !first);
      recording = false;
      throw new DriverException(name, code, "INJECTED");
    }
    recording &= !name.equals("endRecording");
  }

  /** How many calls there were, those that give back not counted. */
  public synchronized int calls() {
    return calls;
  }

  /** Whether it was while an epoch was recorded that it failed. */
  public synchronized boolean failedRecording() {
    return failedRecording;
  }
}
