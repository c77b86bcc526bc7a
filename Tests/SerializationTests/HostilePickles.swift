/// One pickle per way to be broken, in an otherwise good archive.
enum HostilePickles {
  private typealias P = PickleBytes

  static func file(_ pickle: [UInt8]) -> [UInt8] { ZipBytes.checkpoint(pickle).bytes }

  private static func damaged(_ code: String, _ what: String, _ byte: Int) -> HostileFile {
    damaged(Array(code.utf8), what, byte)
  }

  private static func damaged(_ code: [UInt8], _ what: String, _ byte: Int) -> HostileFile {
    HostileFile(damaged: file(code), "has a pickle that \(what) (byte \(byte))")
  }

  static let all: [HostileFile] = [
    damaged("", "is cut off", 0),
    damaged("}", "is cut off", 1),
    damaged([0x80], "is cut off", 0),
    damaged("X\u{4}\u{0}", "is cut off", 0),
    damaged("X\u{4}\u{0}\u{0}\u{0}abc.", "is cut off", 9),
    damaged([0x8d] + P.bytes(UInt64.max), "is cut off", 0),
    damaged([0x95] + P.bytes(UInt64(1000)) + Array("}.".utf8), "is cut off", 0),
    damaged([0x8b] + P.bytes(Int32(-1)), "has a number of negative length", 0),
    damaged([0x8b] + P.bytes(Int32.max), "is cut off", 0),
    damaged([0x80, 6], "is of protocol 6, which is not known", 0),
    damaged("}I1\n.", "has an instruction 0x49 that is not understood", 1),
    damaged([0x82, 1], "has an instruction 0x82 that is not understood", 0),
    damaged([0x97], "has an instruction 0x97 that is not understood", 0),
    damaged([0], "has an instruction 0x0 that is not understood", 0),
    damaged(".", "takes a value where there is none", 0),
    damaged("(.", "takes a value where there is none", 1),
    damaged("0", "takes a value where there is none", 0),
    damaged("2", "needs a value where there is none", 0),
    damaged("}1", "goes back to a mark that is not set", 1),
    damaged("t", "goes back to a mark that is not set", 0),
    damaged("K\u{1}(\u{85}".replacingScalars(), "takes 1 values where there are fewer", 3),
    damaged("h\u{3}", "recalls value 3, which it did not remember", 0),
    damaged("q\u{3}", "needs a value where there is none", 0),
    damaged("NNa", "appends to something that is not a list", 2),
    damaged(")Na", "appends to something that is not a list", 2),
    damaged("](Ku", "is cut off", 4),
    damaged("}(Nu", "sets a key without a value", 3),
    damaged("(Nd", "sets a key without a value", 2),
    damaged("](NNu", "sets items of something that is not a dictionary", 4),
    damaged("NNNs", "sets items of something that is not a dictionary", 3),
    damaged("cos\nsystem", "names a class without an end", 0),
    damaged("c" + String(repeating: "x", count: 2000) + "\n\n", "names a class without an end", 0),
    damaged(Array("NN".utf8) + [0x93], "names a class by something that is not text", 2),
    damaged("cos\nsystem\nNR", "calls something with arguments that are not a tuple", 12),
    damaged("cos\nsystem\n]R", "calls something with arguments that are not a tuple", 12),
    damaged("(o", "makes an object of no class", 1),
    damaged("b", "takes a value where there is none", 0),
    damaged("Nb", "needs a value where there is none", 1),
    damaged(
      [UInt8](repeating: UInt8(ascii: "("), count: 2000), "is nested more than 1024 levels deep",
      1024),
    damaged(
      [UInt8](repeating: UInt8(ascii: "N"), count: 1 << 20 + 1),
      "piles up more than 1048576 values", 1 << 20),
    damaged(
      Array(repeatElement(Array("N0".utf8), count: 1 << 22 + 1).joined()),
      "makes more than 4194304 values", 1 << 23),
  ]
}

extension String {
  /// The scalars below 256 as bytes.
  fileprivate func replacingScalars() -> [UInt8] {
    unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }
}
