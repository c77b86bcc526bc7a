import Foundation
import Platform
import Serialization
import TensorCore
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  private func normal(_ count: Int, seed: UInt64) -> [Float] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in Float(stream.normal()) }
  }

  @Test func longTensorsSurviveEveryType() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("long.safetensors")
    // More than one piece of every buffer on the way, and not a multiple of one.
    let floats = normal(3 * 65_539, seed: 1)
    var writer = SafetensorsWriter(metadata: ["b": "2", "a": "1"])
    for type in [StoredElementType.float64, .float32, .float16, .brainFloat16] {
      writer.add(type.rawValue, shape: [3, 65_539], type: type, floats: floats)
    }
    try writer.write(to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["a": "1", "b": "2"])
    #expect(try file.floats("F32", requireFinite: true) == floats)
    #expect(try file.floats("F64", requireFinite: true) == floats)
    expectClose(
      try file.floats("F16", requireFinite: true), floats, absolute: 0x1p-25, relative: 0x1p-11)
    expectClose(
      try file.floats("BF16", requireFinite: true), floats, absolute: 0, relative: 0x1p-8)
  }

  @Test func sameTensorsGiveSameBytesInAnyOrder() throws {
    let folder = try TemporaryFolder()
    var contents: [Data] = []
    for order in [["é", "b", "a.weight", "a-weight"], ["a-weight", "a.weight", "é", "b"]] {
      var writer = SafetensorsWriter(metadata: ["x": "\u{1}", "w": "/"])
      for name in order { writer.add(name, shape: [2, 1], type: .float16, floats: [1, 2]) }
      try writer.write(to: folder.path("t"))
      contents.append(try Data(contentsOf: folder.url.appendingPathComponent("t")))
    }
    #expect(contents[0] == contents[1])
    #expect((8 + Int(contents[0][0]) + Int(contents[0][1]) << 8) % 8 == 0)
    #expect(try SafetensorsFile(path: folder.path("t")).metadata == ["x": "\u{1}", "w": "/"])
  }

  @Test func noTensorsAtAllIsAFile() throws {
    let folder = try TemporaryFolder()
    try SafetensorsWriter().write(to: folder.path("none"))
    #expect(try SafetensorsFile(path: folder.path("none")).entries.isEmpty)
  }

  @Test func tooLargeForHalfIsAnErrorAndLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t")
    var writer = SafetensorsWriter()
    writer.add("w", shape: [3], type: .float16, floats: [1, -65520, .infinity])
    let error = #expect(throws: ReportableError.self) { try writer.write(to: path) }
    #expect(
      error?.description
        == "\(path): -65520.0 in tensor \"w\" is too large for F16; store it as BF16 or F32")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test func aLendersErrorKeepsTheOldFile() throws {
    struct Refusal: Error {}
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], as: "t")
    var writer = SafetensorsWriter()
    writer.add("w", shape: [3]) { _ in throw Refusal() }
    #expect(throws: Refusal.self) { try writer.write(to: path) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1, 2, 3]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["t"])
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) {
      var writer = SafetensorsWriter()
      writer.add("w", shape: [1], floats: [1])
      writer.add("w", shape: [1], floats: [1])
    }
    await #expect(processExitsWith: .failure) {
      var writer = SafetensorsWriter()
      writer.add("w", shape: [2, 2], floats: [1])
      try writer.write(to: "/dev/null/w")
    }
    await #expect(processExitsWith: .failure) {
      var writer = SafetensorsWriter()
      writer.add("w", shape: [1], type: .int8, floats: [1])
    }
    await #expect(processExitsWith: .failure) {
      var writer = SafetensorsWriter()
      writer.add("w", shape: [-1], floats: [1])
    }
  }
}
