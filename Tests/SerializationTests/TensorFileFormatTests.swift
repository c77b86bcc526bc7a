import Foundation
import Platform
import Serialization
import Testing

@Suite struct TensorFileFormatTests {
  @Test func contentDecidesAndNamesDoNot() throws {
    let folder = try TemporaryFolder()
    for (name, format) in [
      ("all-types.safetensors", TensorFileFormat.safetensors), ("torch-plain.pt", .torchArchive),
      ("torch-lightning.ckpt", .torchArchive), ("torch-legacy.pt", .torchPickle),
      ("torch-legacy-4.pt", .torchPickle), ("torch-no-folder.pt", .torchArchive),
    ] {
      let bytes = [UInt8](
        try Data(contentsOf: URL(fileURLWithPath: SerializationGoldens.path(name))))
      let path = try folder.write(bytes, as: "weights.txt")
      #expect(try TensorFileFormat(ofFileAt: path) == format)
      let file = try TensorFileFormat.openFile(at: path)
      #expect((file is SafetensorsFile) == (format == .safetensors))
      #expect(
        try file.names.allSatisfy { try file.floats($0).count == file.entry($0).elementCount })
    }
  }

  @Test(arguments: [
    (
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
      "is a Git-LFS pointer, not weights; run git lfs pull"
    ),
    ("", "is empty; fetch it again"),
    (
      "<!DOCTYPE html><html></html>",
      "is a web page, not weights; the download failed, fetch it again (a login may be needed)"
    ),
    (
      "no weights at all",
      "is not a safetensors file or a PyTorch checkpoint, or is damaged at its start; fetch it again"
    ),
    (
      String(repeating: "\0", count: 257) + "ustar" + String(repeating: "\0", count: 250),
      "is a tar archive; unpack it, or when it is a PyTorch checkpoint of before 2017 save it again "
        + "with a current PyTorch"
    ),
  ])
  func whatIsNoWeightsSaysSo(_ text: String, _ message: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(text.utf8), as: "model.safetensors")
    let error = #expect(throws: ReportableError.self) { try TensorFileFormat.openFile(at: path) }
    #expect(error?.description == "\(path): \(message)")
    #expect(error?.code == .badData)
  }
}
