import Foundation
import Platform
import Serialization
import Testing

@Suite struct TorchGoldenTests {
  private func open(_ name: String) throws -> TorchCheckpoint {
    try TorchCheckpoint(path: SerializationGoldens.path(name))
  }

  @Test(arguments: TorchGoldens.files)
  func readsWhatPyTorchSaved(_ name: String) throws {
    #expect(try TorchGoldens.disagreements(open(name), expectedAs: name) == [])
  }

  @Test(arguments: TorchGoldens.rezipped)
  func otherFoldersAreFine(_ name: String) throws {
    #expect(try TorchGoldens.disagreements(open(name), expectedAs: "torch-plain.pt") == [])
  }

  @Test func everyTypeIsThere() throws {
    let file = try open("torch-types.pt")
    #expect(Set(file.entries.map(\.type)) == Set(StoredElementType.allCases))
    #expect(file.unreadable.isEmpty)
    #expect(file.ignoredCallables.isEmpty)
  }

  @Test func viewsShareTheirStorage() throws {
    let file = try open("torch-views.pt")
    let base = try file.entry("base")
    let transposed = try file.entry("transposed")
    #expect(base.storageKey == transposed.storageKey)
    #expect(base.byteRange == transposed.byteRange)
    #expect(base.isContiguous && !transposed.isContiguous)
    #expect(base.strides == [8, 1] && transposed.strides == [1, 8])
    let steps = try file.entry("steps")
    #expect(steps.shape == [3, 3] && steps.strides == [16, 3] && steps.storageOffset == 8)
    #expect(try file.entry("element").storageOffset == 37)
    #expect(try file.entry("rows").isContiguous)
    #expect(try file.entry("expanded").strides == [0, 1, 0])
    #expect(try file.entry("nothing").elementCount == 0)
  }

  @Test(arguments: [
    "transposed", "columns", "steps", "again.reshaped", "expanded", "bytes", "half", "double",
    "flags",
  ])
  func everyRangeOfAViewIsThatPartOfIt(_ name: String) throws {
    #expect(try TorchGoldens.disagreeingRanges(open("torch-views.pt"), name) == [])
  }

  @Test func objectsOfALightningCheckpointAreLeftOut() throws {
    let file = try open("torch-lightning.ckpt")
    #expect(
      file.ignoredCallables.contains("somebody.config.Settings")
        && file.ignoredCallables.contains("pytorch_lightning.utilities.parsing.AttributeDict"))
    #expect(file.names.contains("state_dict.conv.weight"))
    #expect(file.names.contains("optimizer_states.0.state.0.exp_avg_sq"))
    #expect(file.names.contains("counts.first.0"))
    #expect(!file.names.contains { $0.hasPrefix("callbacks") || $0.hasPrefix("hyper") })
  }

  @Test func otherKindsOfTensorsAreNamed() throws {
    let file = try open("torch-unreadable.pt")
    #expect(file.names == ["good"])
    func refused(_ type: String) -> String {
      "has elements of type \"\(type)\", which can't be read; convert it to float32, float16 or "
        + "bfloat16"
    }
    #expect(
      file.unreadable == [
        "complex": refused("torch.ComplexFloatStorage"), "unsigned": refused("torch.uint16"),
        "narrow": refused("torch.float8_e4m3fn"),
        "sparse": "is of a kind that only \"torch._utils._rebuild_sparse_tensor\" can build",
        "negated": "is a conjugated or negated view; save it after .resolve_neg()",
      ])
    let error = #expect(throws: ReportableError.self) { try file.floats("complex") }
    #expect(error?.message == "tensor \"complex\" " + refused("torch.ComplexFloatStorage"))
  }

  @Test func copiesIntoSafetensorsAreExact() throws {
    let file = try open("torch-views.pt")
    var writer = SafetensorsWriter()
    for name in file.names { try writer.add(copying: name, of: file) }
    let folder = try TemporaryFolder()
    try writer.write(to: folder.path("copy"))
    let copy = try SafetensorsFile(path: folder.path("copy"))
    for entry in file.entries {
      let bytes = try TorchGoldens.bytes(of: copy.entry(entry.name), in: copy)
      #expect(try bytes == TorchGoldens.bytes(of: entry, in: file), "\(entry.name)")
    }
  }

  @Test func pagesComeBackAfterTheirRelease() throws {
    let file = try open("torch-views.pt")
    let before = try file.floats("channels_last")
    file.releasePages(of: "channels_last")
    file.releasePages()
    #expect(try file.floats("channels_last") == before)
  }

  @Test func whatCannotBeReadSaysWhy() throws {
    for (name, message) in [
      (
        "torch-module.pt",
        "holds no tensors by name but objects made by \"torch.nn.modules.linear.Linear\", which are "
          + "not run; save the model's state_dict()"
      ),
      (
        "torch-compressed.pt",
        "holds \"archive/byteorder\" compressed, which can't be mapped; unpack the archive and zip it "
          + "again with \"zip -0 -r\""
      ),
      (
        "all-types.safetensors",
        "is not a PyTorch checkpoint but has the form of a safetensors file"
      ),
    ] {
      let error = #expect(throws: ReportableError.self) { try open(name) }
      #expect(error?.description == "\(SerializationGoldens.path(name)): \(message)")
    }
  }
}
