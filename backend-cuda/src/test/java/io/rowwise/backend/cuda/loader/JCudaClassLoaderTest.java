package io.rowwise.backend.cuda.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cuda.driver.Driver;
import io.rowwise.backend.cuda.jcuda.NativeDriver;
import java.nio.file.Path;
import jcuda.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JCudaClassLoaderTest {
  @TempDir Path libraries;

  @Test
  void definesJCudaAndWhatIsBuiltOnItAnew() throws ClassNotFoundException {
    JCudaClassLoader loader = new JCudaClassLoader(getClass().getClassLoader(), libraries);

    Class<?> pointer = loader.loadClass(Pointer.class.getName());
    Class<?> driver = loader.loadClass(NativeDriver.class.getName());

    assertNotSame(Pointer.class, pointer);
    assertSame(loader, pointer.getClassLoader());
    assertSame(loader, driver.getClassLoader());
    assertSame(pointer, loader.loadClass(Pointer.class.getName()));
  }

  @Test
  void sharesTheDriversInterface() throws ClassNotFoundException {
    JCudaClassLoader loader = new JCudaClassLoader(getClass().getClassLoader(), libraries);

    assertTrue(Driver.class.isAssignableFrom(loader.loadClass(NativeDriver.class.getName())));
  }

  @Test
  void findsLibrariesInItsDirectory() {
    JCudaClassLoader loader = new JCudaClassLoader(getClass().getClassLoader(), libraries);

    assertEquals(
        libraries.resolve(System.mapLibraryName("JCudaDriver")).toString(),
        loader.findLibrary("JCudaDriver"));
  }

  @Test
  void namesAClassThatIsNotThere() {
    JCudaClassLoader loader = new JCudaClassLoader(getClass().getClassLoader(), libraries);

    ClassNotFoundException thrown =
        assertThrows(ClassNotFoundException.class, () -> loader.loadClass("jcuda.Nothing"));
    assertEquals("jcuda.Nothing", thrown.getMessage());
  }
}
