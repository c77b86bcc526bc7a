import Foundation
import Layers
import Models
import Platform
import Testing

/// All names of Stable Diffusion 1.5 in both families, checked by diffusers' own conversion.
@Suite struct CompVisNamesTests {
  private struct Row: Decodable {
    let compVis: String
    let diffusers: String
    let shape: [Int]

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      compVis = try fields.decode(String.self)
      diffusers = try fields.decode(String.self)
      shape = try fields.decode([Int].self)
    }
  }

  private func rows(_ part: String) throws -> [Row] {
    let path = try DiffusionGolden.folder() + "compvis-names.json"
    let data = Data(try InputFile.bytes(at: path, maximumByteCount: 1 << 20))
    return try #require(try JSONDecoder().decode([String: [Row]].self, from: data)[part])
  }

  private struct Shapes: StoredTensors {
    let shapes: [String: [Int]]
    var tensorNames: [String] { Array(shapes.keys) }
    func storedShape(of name: String) -> [Int]? { shapes[name] }
    func storedFloats(of name: String) throws -> [Float] { [] }
  }

  private func expectOneToOne(_ table: NameTable, _ rows: [Row]) {
    for row in rows {
      #expect(table.diffusers(fromCompVis: row.compVis) == row.diffusers)
      #expect(table.compVis(fromDiffusers: row.diffusers) == row.compVis)
    }
    for name in ["", ".", "weight", "input_blocks", "in.out", "encoder.mid.block_3.norm1.weight"] {
      #expect(table.diffusers(fromCompVis: name) == nil)
    }
  }

  @Test func theUNet() throws {
    let rows = try rows("unet")
    #expect(rows.count == 686 && Set(rows.map(\.compVis)).count == 686)
    let structure = UNetStructure(compVisNames: rows.map(\.compVis))
    #expect(structure == UNetStructure(.stableDiffusion))
    expectOneToOne(NameTable.unet(structure), rows)
    #expect(NameTable.unet(structure).compVis(fromDiffusers: "down_blocks.9.resnets.0.x") == nil)
    #expect(NameTable.unet(structure).diffusers(fromCompVis: "input_blocks.1.0.skip.x") == nil)
    let shapes = Dictionary(uniqueKeysWithValues: rows.map { ($0.diffusers, $0.shape) })
    #expect(try UNetConfiguration(shapesOf: Shapes(shapes: shapes)) == .stableDiffusion)
    #expect(Set(rows.map { AverageNames.average(ofCompVis: $0.compVis) }).count == 686)
    #expect(
      AverageNames.average(ofCompVis: "input_blocks.0.0.weight")
        == "model_ema.diffusion_modelinput_blocks00weight")
  }

  @Test func theUNetsNamesAreMadeOfItsAverages() throws {
    let names = try rows("unet").map(\.compVis)
    func averages(_ names: [String]) -> [String] {
      names.map {
        String(AverageNames.average(ofCompVis: $0).dropFirst(AverageNames.prefix.count))
      }
    }
    let found = AverageNames.compVisNames(ofAverages: averages(names))
    #expect(found.count == 686 && Set(found.values) == Set(names))
    for (average, name) in found { #expect(average == name.filter { $0 != "." }) }
    // A lost tensor is no reason to lose others; what no UNet has has no name.
    let rest = names.filter { !$0.hasPrefix("input_blocks.4.0.in_layers.0") }
    let odd = [
      "labels00weight", "transformer_blocks99999999999999999999norm1weight", "",
      "input_blocks", "output_blocks01norm",
    ]
    #expect(AverageNames.compVisNames(ofAverages: averages(rest) + odd).count == rest.count)
    // Blocks without end.
    let endless = (1..<5000).map { "input_blocks\($0)0in_layers0weight" }
    #expect(AverageNames.compVisNames(ofAverages: endless).isEmpty)
    #expect(
      AverageNames.compVisNames(
        ofAverages: averages(names) + ["middle_block1transformer_blocks511norm1weight"]
      ).isEmpty)
  }

  @Test func theAutoencoder() throws {
    let rows = try rows("vae")
    #expect(rows.count == 248 && Set(rows.map(\.compVis)).count == 248)
    expectOneToOne(NameTable.autoencoder(levelCount: 4, layerCount: 2), rows)
    expectOneToOne(NameTable.autoencoder(compVisNames: rows.map(\.compVis)), rows)
    let shapes = Dictionary(uniqueKeysWithValues: rows.map { ($0.diffusers, $0.shape) })
    #expect(try AutoencoderConfiguration(shapesOf: Shapes(shapes: shapes)) == .stableDiffusion)
    #expect(
      rows.count { NameTable.isPixelProjection($0.diffusers) } == 8)
  }

  /// Sizes are still told when a tensor is lost, and nothing is told of nothing.
  @Test func damagedShapes() throws {
    var shapes = Dictionary(
      uniqueKeysWithValues: try rows("unet").map { ($0.diffusers, $0.shape) })
    shapes["down_blocks.1.resnets.0.conv2.weight"] = nil
    #expect(try UNetConfiguration(shapesOf: Shapes(shapes: shapes)) == .stableDiffusion)
    shapes["conv_in.weight"] = [320]
    let error = #expect(throws: ReportableError.self) {
      try UNetConfiguration(shapesOf: Shapes(shapes: shapes))
    }
    #expect(error?.message.contains("conv_in.weight") == true)
    #expect(throws: ReportableError.self) { try UNetConfiguration(shapesOf: Shapes(shapes: [:])) }
    #expect(throws: ReportableError.self) {
      try AutoencoderConfiguration(shapesOf: Shapes(shapes: [:]))
    }
    #expect(throws: ReportableError.self) {
      try TextEncoderConfiguration(shapesOf: Shapes(shapes: [:]))
    }
  }
}
