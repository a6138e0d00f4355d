package io.rowwise.benchmarks.published;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** What a build that knows no profiles, such as Gradle, finds in the published POMs. */
final class PublishedPomTest {
  private static final Set<String> PLATFORMS =
      Set.of("linux-x86_64", "linux-arm64", "macosx-x86_64", "macosx-arm64", "windows-x86_64");
  private static final Set<String> CUDA_PLATFORMS = Set.of("linux-x86_64", "windows-x86_64");

  private final Map<String, Pom> published;

  PublishedPomTest() throws IOException {
    published = Pom.published(Path.of(".."));
  }

  @Test
  void everyModuleButTheProgramsIsPublished() {
    assertTrue(
        published
            .keySet()
            .containsAll(Set.of("", "core", "backend-cpu", "backend-cuda", "natives")));
    assertFalse(published.containsKey("benchmarks"));
    assertFalse(published.containsKey("cli"));
  }

  @Test
  void everyDependencyIsComplete() {
    assertAll(
        published.values().stream()
            .flatMap(
                pom ->
                    pom.dependencies().stream()
                        .map(
                            dependency ->
                                () ->
                                    assertTrue(
                                        dependency.isComplete(),
                                        () -> pom.file() + ": " + dependency))));
  }

  /** Gradle takes a profile that is active by default or where a property is missing. */
  @Test
  void noProfileWithDependenciesIsActiveForGradle() {
    for (Pom pom : published.values()) {
      for (Element profile : pom.profiles()) {
        Element activation = Pom.child(profile, "activation");
        if (activation != null) {
          Element property = Pom.child(activation, "property");
          String name = property == null ? "" : Pom.childText(property, "name");
          assertFalse(name.startsWith("!"), () -> pom.file() + ": " + name);
          assertEquals("", Pom.childText(activation, "activeByDefault"), () -> pom.file() + "");
        }
      }
    }
  }

  @Test
  void theNativesOfAPlatformAreThoseOfTheBackend() {
    assertEquals(natives("backend-cpu", PLATFORMS), nativesByName("", PLATFORMS));
    assertEquals(natives("backend-cuda", CUDA_PLATFORMS), nativesByName("cuda-", CUDA_PLATFORMS));
  }

  /** What a backend's POM asks for on the platforms of its profiles. */
  private Set<String> natives(String module, Set<String> platforms) {
    Pom pom = published.get(module);
    Set<String> chosen =
        pom.profiles().stream()
            .map(profile -> Pom.childText(Pom.child(profile, "properties"), "natives.platform"))
            .filter(platform -> !platform.isEmpty() && !platform.contains("${"))
            .collect(Collectors.toSet());
    assertEquals(platforms, chosen, module);
    // Without profiles these have no classifier: the one that occurs more than once, or a natives'.
    List<String> asked =
        pom.dependencies().stream()
            .map(dependency -> name(dependency) + ":")
            .collect(Collectors.toList());
    Stream<String> libraries =
        asked.stream()
            .distinct()
            .filter(name -> asked.indexOf(name) != asked.lastIndexOf(name) || isJCuda(name));
    return libraries
        .flatMap(name -> platforms.stream().map(platform -> name + platform))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static boolean isJCuda(String name) {
    return name.startsWith("org.jcuda:") && name.contains("-natives:");
  }

  private Set<String> nativesByName(String kind, Set<String> platforms) {
    Set<String> found = new TreeSet<>();
    for (String platform : platforms) {
      Pom pom = published.get("natives/" + kind + platform);
      assertEquals("rowwise-natives-" + kind + platform, pom.artifactId());
      assertEquals("pom", pom.packaging());
      for (Pom.Dependency dependency : pom.dependencies()) {
        assertEquals(platform, dependency.classifier(), () -> pom.file() + ": " + dependency);
        found.add(name(dependency) + ":" + dependency.classifier());
      }
    }
    return found;
  }

  private static String name(Pom.Dependency dependency) {
    return String.join(":", dependency.groupId(), dependency.artifactId(), dependency.version());
  }
}
