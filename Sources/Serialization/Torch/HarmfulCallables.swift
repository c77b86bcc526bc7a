/// Functions that no checkpoint needs and that pickles made to attack their readers call.
///
/// Nothing of a pickle is ever run here, so these could be left out like all other names. But such a
/// file was not made by `torch.save` of a model, and whoever has it should not open it with another
/// program.
enum HarmfulCallables {
  /// Modules that start programs, load code, or reach files and the network, with all below them.
  private static let modules: Set<String> = [
    "os", "posix", "nt", "subprocess", "_posixsubprocess", "pty", "commands", "shutil", "socket",
    "sys", "runpy", "importlib", "imp", "ctypes", "_ctypes", "webbrowser", "asyncio", "urllib",
    "requests", "httplib", "http", "marshal", "code", "pdb", "bdb", "timeit", "multiprocessing",
  ]

  /// Of the module that needs no import.
  private static let builtins: Set<String> = [
    "eval", "exec", "execfile", "compile", "open", "__import__", "apply", "input", "breakpoint",
  ]

  static func contains(_ global: PickleGlobal) -> Bool {
    let module = global.module.split(separator: ".", maxSplits: 1).first.map(String.init) ?? ""
    if module == "builtins" || module == "__builtin__" { return builtins.contains(global.name) }
    if global.module == "io" { return global.name == "open" }
    return modules.contains(module)
  }
}
