package org.bytedeco.javacpp;

/** What JavaCPP's native code calls of its class of this name. */
public final class Loader {
  private Loader() {}

  /**
   * Called by native code when it is loaded, with the classes that it may need and the sizes of
   * their elements.
   *
   * @return the class; null if it is not one of these, as native code allows
   */
  static Class<?> putMemberOffset(String type, String member, int offset) {
    try {
      return Class.forName(type.replace('/', '.'), false, Loader.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  /** Where a symbol is that this native code sees, or null. */
  public static native Pointer addressof(String symbol);
}
