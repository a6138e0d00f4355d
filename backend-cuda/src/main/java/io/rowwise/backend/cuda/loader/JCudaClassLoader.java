package io.rowwise.backend.cuda.loader;

import io.rowwise.backend.cuda.jcuda.NativeDriver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * Defines JCuda's classes and the {@link NativeDriver} on them, from the jars on the class path, so
 * that JCuda finds its native libraries where this class says.
 *
 * <p>JCuda asks {@link System#loadLibrary} first, which asks the class loader of its classes. The
 * other way would be to set {@code java.io.tmpdir} while JCuda loads: but every thread of the
 * program sees that, and a library that happens to keep the value then would write its temporary
 * files into a deleted directory for as long as the program runs. It also gives this backend a
 * JCuda whose settings and native state the program's own use of JCuda does not share.
 */
final class JCudaClassLoader extends ClassLoader {
  private final Path libraries;

  /**
   * @param jars finds the class files, and loads all that is neither JCuda nor built on it
   * @param libraries the directory with the native libraries, an absolute path
   */
  JCudaClassLoader(ClassLoader jars, Path libraries) {
    super("rowwise-jcuda", jars);
    this.libraries = libraries;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith("jcuda.") && !name.startsWith(NativeDriver.class.getPackageName() + ".")) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = file.readAllBytes();
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  @Override
  protected String findLibrary(String name) {
    return libraries.resolve(System.mapLibraryName(name)).toString();
  }
}
