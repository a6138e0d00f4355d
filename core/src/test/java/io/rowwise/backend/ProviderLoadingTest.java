package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.KernelProvider;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Class loaders that hosts have, and providers that are broken. */
final class ProviderLoadingTest {
  private final ClassLoader before = Thread.currentThread().getContextClassLoader();
  @TempDir private Path folder;

  @AfterEach
  void restore() {
    Thread.currentThread().setContextClassLoader(before);
  }

  /** A provider that works. */
  public static class Working implements BackendProvider {
    /** For the service loader. */
    public Working() {}

    @Override
    public String name() {
      return "working";
    }

    @Override
    public int priority() {
      return 7;
    }

    @Override
    public Backend open(OptionalInt index) {
      return new ReferenceBackend("working", List.of());
    }
  }

  /** One that cannot be made. */
  public static final class Unmakeable extends Working {
    /** Fails. */
    public Unmakeable() {
      throw new AssertionError("not today");
    }
  }

  /** One whose class cannot be initialised. */
  public static final class Uninitialised extends Working {
    private static final int NUMBER = Integer.parseInt("no number");

    /** Is not reached. */
    public Uninitialised() {
      assertEquals(NUMBER, NUMBER);
    }
  }

  /** One that fails whatever it is asked, with an error. */
  public static final class Failing implements BackendProvider {
    /** Works. */
    public Failing() {}

    @Override
    public String name() {
      throw new NoSuchMethodError("name");
    }

    @Override
    public int priority() {
      throw new StackOverflowError();
    }

    @Override
    public Backend open(OptionalInt index) {
      throw new AssertionError("open");
    }

    @Override
    public List<String> libraries() {
      throw new NoClassDefFoundError("libraries");
    }

    @Override
    public List<String> properties() {
      throw new IllegalStateException("properties");
    }
  }

  /** One that says who it is and then fails. */
  private static class FailingToOpen extends Working {
    private final Throwable failure;

    FailingToOpen(Throwable failure) {
      this.failure = failure;
    }

    @Override
    public String name() {
      return "failing";
    }

    @Override
    public int priority() {
      return 50;
    }

    @Override
    public Backend open(OptionalInt index) {
      FailingToOpen.<RuntimeException>sneak(failure);
      return null;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
      throw (T) failure;
    }

    @Override
    public List<String> libraries() {
      throw new NoClassDefFoundError("libraries");
    }
  }

  /** A kernel provider that works. */
  public static final class Kernels implements KernelProvider {
    /** For the service loader. */
    public Kernels() {}

    @Override
    public List<KernelOffer<?>> offers(Backend backend) {
      return List.of();
    }
  }

  private ClassLoader withServices(ClassLoader parent, Class<?> service, String... lines)
      throws IOException {
    Path services = folder.resolve("META-INF/services");
    Files.createDirectories(services);
    Files.write(services.resolve(service.getName()), List.of(lines));
    return new URLClassLoader(new URL[] {folder.toUri().toURL()}, parent);
  }

  /** The class path again, in a loader that shares no class of ours. */
  private static URLClassLoader anotherRowwise(ClassLoader parent) throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    return new URLClassLoader(urls.toArray(new URL[0]), parent);
  }

  private static List<String> names(ClassLoader context) {
    return Services.load(BackendProvider.class, context).stream()
        .map(provider -> provider.getClass().getSimpleName())
        .toList();
  }

  @Test
  void aProviderThatOnlyTheThreadSeesIsFoundOnce() throws IOException {
    ClassLoader context = withServices(before, BackendProvider.class, Working.class.getName());
    assertEquals(List.of("Working"), names(context));
    assertEquals(List.of(), names(before));
    assertEquals(List.of(), names(null));
  }

  @Test
  void oneBrokenProviderDoesNotCostTheOthers() throws IOException {
    ClassLoader context =
        withServices(
            before,
            BackendProvider.class,
            "io.rowwise.NotThere",
            "not a class name",
            Unmakeable.class.getName(),
            String.class.getName(),
            Uninitialised.class.getName(),
            Working.class.getName());
    assertEquals(List.of(), names(context), "the list has a line that is no name");
    context =
        withServices(
            before,
            BackendProvider.class,
            "io.rowwise.NotThere",
            Unmakeable.class.getName(),
            String.class.getName(),
            Uninitialised.class.getName(),
            Working.class.getName());
    assertEquals(List.of("Working"), names(context));
  }

  @Test
  void aLoaderWithAnotherRowwiseHasNothingForThisOne() throws Exception {
    try (URLClassLoader other = anotherRowwise(ClassLoader.getPlatformClassLoader())) {
      Class<?> theirs = other.loadClass(BackendProvider.class.getName());
      assertNotSame(BackendProvider.class, theirs);
      ClassLoader context = withServices(other, BackendProvider.class, Working.class.getName());
      assertEquals(List.of(), names(context));
      ClassLoader kernels = withServices(other, KernelProvider.class, Kernels.class.getName());
      assertFalse(
          Services.load(KernelProvider.class, kernels).stream()
              .anyMatch(provider -> provider instanceof Kernels));
      // Nor has ours for theirs: everything works in it, whatever this thread's loader is.
      Thread.currentThread()
          .setContextClassLoader(
              withServices(before, BackendProvider.class, Working.class.getName()));
      Object description = other.loadClass("io.rowwise.Rowwise").getMethod("describe").invoke(null);
      assertTrue(String.valueOf(description).startsWith("Rowwise "), () -> "" + description);
    }
  }

  @Test
  void aLoaderThatSeesOtherProvidersThroughItsParentKeepsItsOwn() throws Exception {
    // Child first for Rowwise's own classes, as servlet containers do.
    ClassLoader parent = withServices(before, BackendProvider.class, Working.class.getName());
    try (URLClassLoader child =
        new URLClassLoader(anotherRowwise(null).getURLs(), parent) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("io.rowwise.") && !name.contains("ProviderLoadingTest")) {
              Class<?> loaded = findLoadedClass(name);
              return loaded == null ? findClass(name) : loaded;
            }
            return super.loadClass(name, resolve);
          }
        }) {
      Thread.currentThread().setContextClassLoader(child);
      Object description = child.loadClass("io.rowwise.Rowwise").getMethod("describe").invoke(null);
      assertTrue(String.valueOf(description).startsWith("Rowwise "), () -> "" + description);
    }
  }

  @Test
  void threadsWithoutALoaderAreServed() {
    Thread.currentThread().setContextClassLoader(null);
    assertEquals(List.of(), Services.load(BackendProvider.class));
    assertFalse(Services.load(KernelProvider.class).isEmpty(), "those of this test's class path");
    assertTrue(Backends.describe().isEmpty() || Backends.describe().startsWith("-D"));
  }

  @Test
  void aLoaderThatThrowsIsPassedOver() {
    ClassLoader broken =
        new ClassLoader(before) {
          @Override
          public Class<?> loadClass(String name) {
            throw new IllegalStateException("stopped");
          }
        };
    assertEquals(List.of(), names(broken));
    ClassLoader unreadable =
        new ClassLoader(before) {
          @Override
          public Enumeration<URL> getResources(String name) throws IOException {
            throw new IOException("stopped");
          }
        };
    assertEquals(List.of(), names(unreadable));
  }

  @Test
  void whoFailsToSayWhoItIsIsPassedOver() {
    List<BackendProvider> providers = List.of(new Failing(), new Working());
    BackendChoice choice =
        Backends.choose(new BackendRequest("auto", true, Optional.empty()), providers);
    try (Backend backend = choice.backend()) {
      assertEquals("working", backend.name());
    }
    String description = Backends.describe(providers);
    assertTrue(
        description.contains(Failing.class.getName() + " is passed over, as it failed"),
        description);
    assertTrue(description.contains("working: working plain Java"), description);
  }

  @Test
  void whoFailsToOpenIsAReason() {
    for (Throwable failure :
        List.of(
            new NoSuchMethodError("m"),
            new AssertionError("a"),
            new IllegalStateException("i"),
            new IOException("checked"),
            new StackOverflowError())) {
      List<BackendProvider> providers = List.of(new FailingToOpen(failure), new Working());
      BackendChoice choice =
          Backends.choose(new BackendRequest("auto", true, Optional.empty()), providers);
      try (Backend backend = choice.backend()) {
        assertEquals("working", backend.name());
      }
      assertEquals(
          "failing is not usable: opening it failed with " + failure,
          choice.fallbackReason().orElseThrow());
      String description = Backends.describe(providers);
      assertTrue(description.contains("failing is not usable: " + failure), description);
      assertTrue(description.contains("NoClassDefFoundError: libraries"), description);
      assertTrue(description.contains("working: working plain Java"), description);
    }
  }
}
