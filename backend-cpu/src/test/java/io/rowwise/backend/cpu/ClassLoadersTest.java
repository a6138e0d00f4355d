package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Several class loaders that have Rowwise, as applications in one server. */
@EnabledOnOs(OS.LINUX)
final class ClassLoadersTest {
  private static final int MOST_COLLECTIONS = 50;

  /** A probability that the CPU backend computes. */
  public static final class Prediction implements Callable<Double> {
    /** For the class loaders. */
    public Prediction() {}

    @Override
    public Double call() {
      try (io.rowwise.backend.Backend backend =
              io.rowwise.backend.Backends.choose("cpu", false).backend();
          io.rowwise.backend.Matrix x =
              backend.matrix(io.rowwise.backend.ElementType.FLOAT64, 1, 2, new double[] {1, 2});
          io.rowwise.backend.Matrix one =
              backend.matrix(io.rowwise.backend.ElementType.FLOAT64, 2, 1, new double[] {3, 4});
          io.rowwise.backend.Matrix product =
              backend.matrix(io.rowwise.backend.ElementType.FLOAT64, 1, 1)) {
        backend.matmul(x, one, product);
        return product.toDoubles()[0];
      }
    }
  }

  private static URLClassLoader application() throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(new File(entry).toURI().toURL());
    }
    return new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
  }

  private static double predict(ClassLoader application) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(application);
    try {
      Object prediction =
          application.loadClass(Prediction.class.getName()).getConstructor().newInstance();
      return (Double) ((Callable<?>) prediction).call();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void severalPredictAtOnce() throws Exception {
    int count = 3;
    ExecutorService threads = Executors.newFixedThreadPool(count);
    List<URLClassLoader> applications = new ArrayList<>();
    try {
      CountDownLatch ready = new CountDownLatch(count);
      List<Future<Double>> products = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        URLClassLoader application = application();
        applications.add(application);
        products.add(
            threads.submit(
                () -> {
                  ready.countDown();
                  ready.await();
                  return predict(application);
                }));
      }
      for (Future<Double> product : products) {
        assertEquals(11, product.get());
      }
      // Once more, when each has been loaded.
      for (URLClassLoader application : applications) {
        assertEquals(11, predict(application));
        assertNotSame(CpuBackend.class, application.loadClass(CpuBackend.class.getName()));
      }
    } finally {
      threads.shutdownNow();
      for (URLClassLoader application : applications) {
        application.close();
      }
    }
  }

  private static WeakReference<ClassLoader> deploy() throws Exception {
    try (URLClassLoader application = application()) {
      assertEquals(11, predict(application));
      return new WeakReference<>(application);
    }
  }

  /** As a server does when an application is replaced. */
  @Test
  void anApplicationThatIsGoneIsCollected() throws Exception {
    for (int i = 0; i < 3; i++) {
      WeakReference<ClassLoader> application = deploy();
      for (int j = 0; j < MOST_COLLECTIONS && application.get() != null; j++) {
        System.gc();
        // Some of the heap, for references that are cleared when it is wanted.
        new ByteArrayOutputStream(1 << 20).reset();
      }
      assertNull(application.get(), "deployment " + i);
    }
  }
}
