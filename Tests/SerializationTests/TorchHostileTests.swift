import Foundation
import Platform
import Serialization
import Testing

/// One small broken checkpoint per way to fail, each with the error it must give.
@Suite struct TorchHostileTests {
  @Test(
    arguments: HostileZips.all + HostilePickles.all + HostileTensors.shapes
      + HostileTensors.storages + HostileTensors.names + HostileLegacyFiles.all)
  func saysExactlyWhatIsWrong(_ hostile: HostileFile) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(hostile.bytes, as: "t.ckpt")
    let error = #expect(throws: ReportableError.self) { try TorchCheckpoint(path: path) }
    #expect(error?.description == "\(path): \(hostile.message)")
    #expect(error?.code == .badData)
  }

  @Test(arguments: HostileZips.accepted + HostileLegacyFiles.accepted)
  func unusualFilesAreRead(_ bytes: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let file = try TorchCheckpoint(path: folder.write(bytes, as: "t"))
    #expect(file.names == ["w"])
    #expect(try file.floats("w").allSatisfy { $0 == 0 })
  }

  @Test func otherKindsInOldFilesAreSteppedOver() throws {
    let folder = try TemporaryFolder()
    let file = try TorchCheckpoint(path: folder.write(HostileLegacyFiles.withOthers, as: "t"))
    #expect(file.names == ["w"] && file.unreadable.count == 4)
    #expect(try file.floats("w") == [0, 0, 0, 0])
    #expect(
      file.unreadable["QUInt8Storage"]?.contains("\"torch.QUInt8Storage\", which can't") == true)
  }

  private func file(calling module: String, _ name: String, _ argument: String) -> [UInt8] {
    let call = PickleBytes.call(PickleBytes.global(module, name), [PickleBytes.text(argument)])
    let root = PickleBytes.dictionary([("w", PickleBytes.tensor()), ("x", call)])
    return ZipBytes.checkpoint(PickleBytes.file(root)).bytes
  }

  /// Whatever a checkpoint wants called stays a name.
  @Test func nothingIsEverRun() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(file(calling: "somebody.model", "Settings", "x"), as: "t")
    let file = try TorchCheckpoint(path: path)
    #expect(file.names == ["w"])
    #expect(file.ignoredCallables == ["somebody.model.Settings"])
  }

  /// What only an attack calls is told of, whatever tensors there are beside it.
  @Test(arguments: [
    ("os", "system"), ("posix", "system"), ("subprocess", "Popen"), ("builtins", "eval"),
    ("__builtin__", "__import__"), ("importlib.util", "find_spec"), ("io", "open"),
  ])
  func attacksAreRefused(_ module: String, _ name: String) throws {
    let folder = try TemporaryFolder()
    let mark = folder.path("mark")
    let path = try folder.write(file(calling: module, name, "touch \(mark)"), as: "t")
    let error = #expect(throws: ReportableError.self) { try TorchCheckpoint(path: path) }
    #expect(error?.code == .badData)
    #expect(
      error?.description
        == "\(path): would have Python call \"\(module).\(name)\", which no checkpoint needs; it was "
        + "not called, but don't open this file elsewhere and fetch the model from a source you trust"
    )
    #expect(!FileManager.default.fileExists(atPath: mark))
  }

  /// A dictionary that holds itself has its other tensors.
  @Test func cyclesEnd() throws {
    let folder = try TemporaryFolder()
    let root =
      Array("}q\u{1}(".utf8) + PickleBytes.text("w") + PickleBytes.tensor()
      + PickleBytes.text("self") + Array("h\u{1}u".utf8)
    let path = try folder.write(ZipBytes.checkpoint(PickleBytes.file(root)).bytes, as: "t")
    #expect(try TorchCheckpoint(path: path).names == ["w"])
  }

  @Test func readingSaysExactlyWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    let floats: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x7f]
    let root = PickleBytes.dictionary([
      ("f", PickleBytes.tensor(PickleBytes.storage(count: 2), shape: [2])),
      (
        "b",
        PickleBytes.tensor(PickleBytes.storage("BoolStorage", key: "1", count: 2), shape: [2])
      ),
    ])
    let zip = ZipBytes.checkpoint(
      PickleBytes.file(root), storages: [("0", floats), ("1", [1, 2])])
    let file = try TorchCheckpoint(path: folder.write(zip.bytes, as: "t"))
    try expectReadingErrors(of: file, damage: "inf")
  }
}
