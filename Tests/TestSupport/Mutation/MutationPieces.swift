/// Pieces of the syntax of formats, for a ``ByteMutator`` to put where they don't belong.
public enum MutationPieces {
  public static let json: [[UInt8]] = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "{}", "[]", "null", "true", "false", "\"\"",
    "\"a\":1,",
    "\\u0000", "\\ud800", "\\ud83d\\ude00", "\\u001b[31m", "\u{feff}", "\u{202e}", "e\u{301}",
    "\u{e9}",
    "\n", "\r\n", "\t", " ", "/*", "//", "'", ", \"", "\": ",
    String(repeating: "[", count: 40), String(repeating: "{\"a\":", count: 40),
    String(repeating: "9", count: 60), String(repeating: "x", count: 300),
  ].map { Array($0.utf8) }

  public static let safetensors: [[UInt8]] =
    json
    + [
      "\"F32\"", "\"F16\"", "\"BF16\"", "\"F64\"", "\"I64\"", "\"BOOL\"", "\"F8_E4M3\"",
      "\"dtype\"",
      "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "[0,0]", "[0,4]",
      "[4294967296,4294967296]",
    ].map { Array($0.utf8) }

  /// Instructions of a pickle, alone and with arguments.
  public static let pickle: [[UInt8]] =
    Array("(.012BCGJKMNQRTUX]abcdehijloqrstu})".utf8).map { [$0] }
    + (0x80...0x98).map { [UInt8($0)] }
    + [
      [0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [0x8b, 0xff, 0xff, 0xff, 0xff], [0x8b, 0xff, 0xff, 0xff, 0x7f],
      [0x8a, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x80], [0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0x80, 0],
      [0x4d, 0xff, 0xff], [0x4a, 0xff, 0xff, 0xff, 0xff], [0x4a, 0xff, 0xff, 0xff, 0x7f],
      [0x58, 0xff, 0xff, 0xff, 0xff], [0x58, 0, 0, 0, 0], [0x55, 0xff], [0x71, 0], [0x68, 0],
      [0x72, 0xff, 0xff, 0xff, 0xff], [0x6a, 0xff, 0xff, 0xff, 0xff], [0x95, 0xff],
      Array("cos\nsystem\n".utf8), Array("ctorch\nLongStorage\n".utf8),
      Array("ctorch\nBoolStorage\n".utf8), Array("ctorch.storage\nUntypedStorage\n".utf8),
      Array("ctorch._utils\n_rebuild_parameter\n".utf8), Array("ctorch\nSize\n".utf8),
      Array("ccollections\nOrderedDict\n".utf8), [UInt8](repeating: 0x28, count: 60),
      [UInt8](repeating: 0x85, count: 60), [UInt8](repeating: 0x32, count: 60),
    ]

  public static let merges: [[UInt8]] =
    json + ["</w>", "\u{120}", "#version: 0.2\n", "<|endoftext|>", "a b\n"].map { Array($0.utf8) }
}
