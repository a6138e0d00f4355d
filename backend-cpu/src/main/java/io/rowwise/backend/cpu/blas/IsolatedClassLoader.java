package io.rowwise.backend.cpu.blas;

import java.io.IOException;
import java.io.InputStream;

/**
 * Defines the classes that JavaCPP's native code looks up by name, as we have written them, so that
 * its own are neither needed nor met: they lie in a folder where no other class loader finds them.
 * {@link CblasProducts} is defined anew, so that it calls these.
 *
 * <p>A native library belongs to the class loader of who loads it, and each has one of its own.
 */
final class IsolatedClassLoader extends ClassLoader {
  private static final String FOLDER = "isolated/";
  private static final String BINDINGS = "org.bytedeco.";
  private static final String OURS = "io.rowwise.backend.cpu.blas.isolated.";
  private static final String PRODUCTS = CblasProducts.class.getName();

  /** The implementation of {@link OpenBlas} among them. */
  static final String OPENBLAS = OURS.concat("PrivateOpenBlas");

  static {
    registerAsParallelCapable();
  }

  IsolatedClassLoader() {
    super("rowwise-openblas", OpenBlas.class.getClassLoader());
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(BINDINGS) && !name.startsWith(OURS) && !name.startsWith(PRODUCTS)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    // What both sides have is where all others find it, too.
    String folder = name.startsWith(PRODUCTS) ? "/" : FOLDER;
    String file = String.join("", folder, name.replace('.', '/'), ".class");
    try (InputStream in = OpenBlas.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = in.readAllBytes();
      return defineClass(name, bytes, 0, bytes.length, OpenBlas.class.getProtectionDomain());
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
