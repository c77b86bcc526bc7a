import Foundation
import Platform
import Serialization
import Testing

/// One small broken file per way to fail, each with the error it must give.
@Suite struct SafetensorsHostileTests {
  struct Case: CustomStringConvertible, Sendable {
    let bytes: [UInt8]
    let message: String
    let code: ReportableError.Code

    init(_ bytes: [UInt8], _ message: String, _ code: ReportableError.Code = .badData) {
      self.bytes = bytes
      self.message = message
      self.code = code
    }

    /// A file with this header and so many data bytes.
    init(_ header: String, _ dataByteCount: Int, _ message: String) {
      self.init(SafetensorsHostileTests.file(header, dataByteCount), message)
    }

    var description: String { message }
  }

  static func file(_ header: String, _ dataByteCount: Int, declaring length: UInt64? = nil)
    -> [UInt8]
  {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: length ?? UInt64(text.count)) { Array($0) } + text
      + [UInt8](repeating: 0, count: dataByteCount)
  }

  static func tensor(
    _ name: String = "w", dtype: String = "F32", shape: String = "[2]", offsets: String = "[0,8]"
  ) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  private static let again = "; it is damaged or incomplete, fetch it again"

  static let containers: [Case] = [
    Case([], "is empty; fetch it again"),
    Case([1, 0, 0], "is only 3 bytes long\(again)"),
    Case(
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n".utf8),
      "is a Git-LFS pointer, not weights; run git lfs pull"),
    Case(
      Array("\n <!DOCTYPE html><html><body>Not found</body></html>".utf8),
      "is a web page, not weights; the download failed, fetch it again (a login may be needed)"),
    Case(
      [0x50, 0x4b, 3, 4] + [UInt8](repeating: 0, count: 60),
      "is a zip archive, probably a PyTorch checkpoint, not a safetensors file"),
    Case(
      [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a],
      "is a Python pickle, probably an old PyTorch checkpoint, not a safetensors file"),
    Case([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0], "is compressed with gzip; unpack it first"),
    Case(
      Array("GGUF".utf8) + [3, 0, 0, 0, 0, 0],
      "is a GGUF file; fetch the safetensors version of the model"),
    Case(
      Array(#"{"weight_map": {}}"#.utf8),
      "is JSON text, perhaps an index of several files; name the .safetensors file itself"),
    Case(
      file("{}", 0, declaring: .max),
      "declares a header of 18446744073709551615 bytes; the limit is 100000000\(again)"),
    Case(
      file("{}", 0, declaring: 100_000_001),
      "declares a header of 100000001 bytes; the limit is 100000000\(again)"),
    Case(
      file("{}", 0, declaring: 3),
      "declares a header of 3 bytes but has only 2 after its length\(again)"),
    Case(file("", 0), "has a header that doesn't start with {\(again)"),
    Case(file(" {}", 0), "has a header that doesn't start with {\(again)"),
    Case(file("[]", 0), "has a header that doesn't start with {\(again)"),
    Case(
      [4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22], "has a header that is not UTF-8\(again)"),
  ]

  private static func malformed(_ what: String, _ byte: Int) -> String {
    "has a malformed header: \(what) (byte \(byte))\(again)"
  }

  static let texts: [Case] = [
    Case("{", 0, malformed("expected \"", 9)),
    Case("{} x", 0, malformed("unexpected text after the end of the JSON value", 11)),
    Case(#"{"w"}"#, 0, malformed("expected :", 12)),
    Case(#"{"w"#, 0, malformed("a string has no end", 11)),
    Case(#"{"w\"#, 0, malformed("a string has no end", 12)),
    Case(#"{"\q":1}"#, 0, malformed("an unknown escape in a string", 12)),
    Case(#"{"\u12g4":1}"#, 0, malformed("\\u needs four hexadecimal digits", 14)),
    Case(#"{"\ud800":1}"#, 0, malformed("half of a surrogate pair in a string", 16)),
    Case(#"{"\ud800\u0041":1}"#, 0, malformed("half of a surrogate pair in a string", 22)),
    Case(#"{"\udc00":1}"#, 0, malformed("half of a surrogate pair in a string", 16)),
    Case("{\"a\nb\":1}", 0, malformed("a control character in a string", 11)),
    Case(#"{"w":1}"#, 0, malformed("expected {", 13)),
    Case(
      #"{"w":{}}"#, 0, malformed(#"tensor "w" needs a dtype, a shape and two data_offsets"#, 15)),
    Case(
      "{" + tensor(offsets: "[0]") + "}", 8,
      malformed(#"tensor "w" needs a dtype, a shape and two data_offsets"#, 59)),
    Case(
      #"{"w":{"dtype":"F32","size":1}}"#, 0,
      malformed(#"tensor "w" has an unknown field "size""#, 35)),
    Case(
      #"{"w":{"dtype":"F32","dtype":"F32"}}"#, 0,
      malformed(#"tensor "w" has two fields "dtype""#, 41)),
    Case(
      "{" + tensor() + "," + tensor() + "}", 16, malformed(#"tensor "w" appears twice"#, 66)),
    Case(
      "{\"\u{e9}\":" + tensor().dropFirst(4) + ",\"e\u{301}\":" + tensor().dropFirst(4) + "}", 8,
      malformed("tensor \"e\u{301}\" appears twice", 69)),
    Case(#"{"__metadata__":{"a":1}}"#, 0, malformed("expected \"", 29)),
    Case(
      #"{"__metadata__":{"a":"1","a":"2"}}"#, 0, malformed(#"metadata "a" appears twice"#, 40)),
    Case(#"{"__metadata__":{},"__metadata__":{}}"#, 0, malformed("__metadata__ appears twice", 42)),
    Case(
      #"{"__metadata__":null,"__metadata__":{}}"#, 0, malformed("__metadata__ appears twice", 44)),
    Case(#"{"__metadata__":nil}"#, 0, malformed("expected a value", 24)),
    Case(
      "{" + tensor(shape: "[-2]") + "}", 8,
      malformed("expected a whole number that is not negative", 37)),
    Case("{" + tensor(shape: "[2.0]") + "}", 8, malformed("expected a whole number", 38)),
    Case("{" + tensor(shape: "[2e0]") + "}", 8, malformed("expected a whole number", 38)),
    Case("{" + tensor(shape: "[02]") + "}", 8, malformed("a number has a leading zero", 39)),
    Case(
      "{" + tensor(shape: "[9223372036854775808]") + "}", 8, malformed("a number is too large", 55)),
    Case(
      "{" + tensor(shape: "[2,]") + "}", 8,
      malformed("expected a whole number that is not negative", 39)),
    Case(
      "{" + tensor(shape: "[2") + "}", 8,
      malformed("expected a whole number that is not negative", 39)),
    Case(
      "{" + tensor(shape: "[[2]]") + "}", 8,
      malformed("expected a whole number that is not negative", 37)),
    Case("{" + tensor(shape: "null") + "}", 8, malformed("expected [", 36)),
  ]

  static let contents: [Case] = [
    Case(
      "{" + tensor(dtype: "F8_E4M3", shape: "[8]") + "}", 8,
      #"has no tensor that can be read: "w" has elements of type "F8_E4M3", which can't be read; "#
        + "convert it to F32, F16 or BF16"),
    Case(
      "{" + tensor(dtype: "U16") + "}", 8, #"tensor "w" has 8 bytes where U16 [2] needs 4"# + again),
    Case(
      "{" + tensor(dtype: "F6_E2M3", shape: "[11]") + "}", 8,
      #"tensor "w" has 8 bytes where F6_E2M3 [11] needs 9"# + again),
    Case(
      "{" + tensor(dtype: "C64", shape: "[4611686018427387904]") + "}", 8,
      #"tensor "w" has a shape [4611686018427387904] that is too large"# + again),
    Case(
      "{" + tensor("a\\u001b[31m\\u202e", dtype: "f32") + "}", 8,
      #"tensor "a\u{1b}[31m\u{202e}" has elements of type "f32", which can't be read; convert it to "#
        + "F32, F16 or BF16"),
    Case(
      "{" + tensor(shape: "[4294967296,4294967296]") + "}", 8,
      #"tensor "w" has a shape [4294967296, 4294967296] that is too large"# + again),
    Case(
      "{" + tensor(shape: "[4294967296,0,4294967296]", offsets: "[0,0]") + "}", 0,
      #"tensor "w" has a shape [4294967296, 0, 4294967296] that is too large"# + again),
    Case(
      "{" + tensor(shape: "[4611686018427387904]") + "}", 8,
      #"tensor "w" has a shape [4611686018427387904] that is too large"# + again),
    Case(
      "{" + tensor(offsets: "[0,12]") + "}", 8,
      #"tensor "w" lies at 0..<12 of 8 data bytes"# + again),
    Case(
      "{" + tensor(offsets: "[8,0]") + "}", 8, #"tensor "w" lies at 8..<0 of 8 data bytes"# + again),
    Case(
      "{" + tensor(offsets: "[9223372036854775800,9223372036854775807]") + "}", 8,
      #"tensor "w" lies at 9223372036854775800..<9223372036854775807 of 8 data bytes"# + again),
    Case(
      "{" + tensor(shape: "[3]") + "}", 8, #"tensor "w" has 8 bytes where F32 [3] needs 12"# + again
    ),
    Case(
      "{" + tensor(dtype: "F64") + "}", 8, #"tensor "w" has 8 bytes where F64 [2] needs 16"# + again
    ),
    Case(
      "{" + tensor(shape: "[1,1,1,1,1,1,1,1,1,3]") + "}", 8,
      #"tensor "w" has 8 bytes where F32 [1, 1, 1, 1, 1, 1, 1, 1, ... 10 axes] needs 12"# + again),
    Case(
      "{" + tensor("a") + "," + tensor("b", offsets: "[4,12]") + "}", 12,
      #"tensors "a" and "b" overlap"# + again),
    Case(
      "{" + tensor("a") + "," + tensor("b") + "}", 8, #"tensors "a" and "b" overlap"# + again),
    Case(
      "{" + tensor("a") + "," + tensor("b", offsets: "[12,20]") + "}", 20,
      #"4 bytes before tensor "b" belong to no tensor"# + again),
    Case("{" + tensor() + "}", 9, "1 bytes at its end belong to no tensor" + again),
    Case("{}", 1, "1 bytes at its end belong to no tensor" + again),
  ]

  private static let several: [Case] = [
    Case(
      "{"
        + [
          tensor("a", shape: "[3]"), tensor("b", offsets: "[4,12]"), tensor("c", dtype: "F8"),
          tensor("d", shape: "[4294967296,4294967296]", offsets: "[16,24]"),
          tensor("e", offsets: "[8,99]"), tensor("a"),
        ].joined(separator: ",") + "}", 24,
      #"tensor "c" has elements of type "F8", which can't be read; convert it to F32, F16 or "#
        + #"BF16; tensor "a" has 8 bytes where F32 [3] needs 12; tensor "d" has a shape "#
        + #"[4294967296, 4294967296] that is too large; tensor "e" lies at 8..<99 of 24 data bytes; "#
        + #"has a malformed header: tensor "a" appears twice (byte 301); tensors "a" and "c" "#
        + #"overlap; tensors "c" and "b" overlap"# + again),
    Case(
      "{"
        + (0..<9).map { tensor("w\($0)", offsets: "[\($0 * 12),\($0 * 12 + 8)]") }
        .joined(separator: ",") + "}", 104,
      (1..<7).map { "4 bytes before tensor \"w\($0)\" belong to no tensor; " }.joined()
        + "and 2 more" + again),
    Case(
      "{"
        + (0..<3).map { tensor("w\($0)", dtype: "F8", offsets: "[\($0 * 8),\($0 * 8 + 8)]") }
        .joined(separator: ",") + "}", 24,
      #"tensor "w0" has elements of type "F8", which can't be read; tensor "w1" has elements of type "#
        + #""F8", which can't be read; and 1 more; convert it to F32, F16 or BF16"#),
    Case(
      "{" + tensor(shape: "[3]") + ",", 8,
      #"tensor "w" has 8 bytes where F32 [3] needs 12; "# + malformed("expected \"", 62)),
  ]

  @Test(arguments: containers + texts + contents + several)
  func saysExactlyWhatIsWrong(_ hostile: Case) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(hostile.bytes, as: "t.safetensors")
    let error = #expect(throws: ReportableError.self) { try SafetensorsFile(path: path) }
    #expect(error?.description == "\(path): \(hostile.message)")
    #expect(error?.code == hostile.code)
  }

  /// The time for many complaints grows with the file, not with its square.
  @Test(.timeLimit(.minutes(1))) func manyThingsWrongAreToldAsFast() throws {
    let folder = try TemporaryFolder()
    let header =
      "{" + [String](repeating: Self.tensor(), count: 100_000).joined(separator: ",") + "}"
    let path = try folder.write(Self.file(header, 8), as: "t")
    let error = #expect(throws: ReportableError.self) { try SafetensorsFile(path: path) }
    #expect(error?.message.contains("; and 99993 more; it is damaged") == true)
    #expect(error.map { $0.message.utf8.count < 1000 } == true)
  }

  @Test(.timeLimit(.minutes(1))) func tensorsWithoutEndAreRefusedAsFast() throws {
    let folder = try TemporaryFolder()
    let header =
      "{"
      + (0..<400_000).map { Self.tensor("t\($0)", shape: "[0]", offsets: "[0,0]") }
      .joined(separator: ",") + "}"
    let path = try folder.write(Self.file(header, 0), as: "t")
    let error = #expect(throws: ReportableError.self) { try SafetensorsFile(path: path) }
    #expect(
      error?.message.hasPrefix("has a malformed header: more than 131072 tensors (byte ") == true)
  }

  /// A tensor of a type that can't be read is no reason not to read the others.
  @Test func otherTypesAreNamed() throws {
    let folder = try TemporaryFolder()
    let types = [
      ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("F8_E4M3", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2", 8),
      ("F8_E5M2FNUZ", 8), ("F8_E8M0", 8), ("U16", 16), ("U32", 32), ("U64", 64), ("C64", 64),
    ]
    var tensors = [Self.tensor()]
    var end = 8
    for (type, width) in types {
      tensors.append(
        Self.tensor(type, dtype: type, shape: "[2,4]", offsets: "[\(end),\(end + width)]"))
      end += width
    }
    let header = #"{"__metadata__":null,"# + tensors.joined(separator: ",") + "}"
    let file = try SafetensorsFile(path: folder.write(Self.file(header, end), as: "t"))
    #expect(file.names == ["w"] && file.metadata.isEmpty)
    #expect(try file.floats("w") == [0, 0])
    #expect(file.unreadable.count == types.count)
    let reason =
      #"has elements of type "U32", which can't be read; convert it to F32, F16 or BF16"#
    #expect(file.unreadable["U32"] == reason)
    let error = #expect(throws: ReportableError.self) { try file.floats("U32") }
    #expect(error?.message == #"tensor "U32" "# + reason)
  }

  @Test func noFileAtAll() throws {
    let folder = try TemporaryFolder()
    for (path, text) in [
      (folder.path("none"), "can't be opened: No such file or directory"),
      (folder.url.path, "is not a file"),
    ] {
      let error = #expect(throws: ReportableError.self) { try SafetensorsFile(path: path) }
      #expect(error?.description == "\(path): \(text)")
      #expect(error?.code == .missingInput)
    }
  }

  @Test func readingSaysExactlyWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    let header =
      "{" + Self.tensor("f", offsets: "[0,8]") + ","
      + Self.tensor("b", dtype: "BOOL", shape: "[2]", offsets: "[8,10]") + "}"
    var bytes = Self.file(header, 10)
    bytes[bytes.count - 1] = 2
    bytes.replaceSubrange(
      bytes.count - 10..<bytes.count - 2,
      with: [Float(1), .nan].withUnsafeBytes { Array($0) })
    let path = try folder.write(bytes, as: "t")
    let file = try SafetensorsFile(path: path)
    try expectReadingErrors(of: file, damage: "nan")
  }
}
