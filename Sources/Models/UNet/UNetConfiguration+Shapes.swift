import Layers

extension UNetConfiguration {
  /// The configuration of the UNet whose tensors, under diffusers' names, these are.
  ///
  /// Shapes tell widths, levels, blocks, attentions and channels. What they can't tell is Stable
  /// Diffusion 1's: 8 heads and 32 groups (or the largest divisors of these that divide all widths),
  /// cosines first.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  public init(shapesOf tensors: any StoredTensors) throws {
    let shapes = StoredShapes(tensors)
    let count = shapes.count("down_blocks")
    try Self.check(1...8 ~= count, "it has \(count) levels, not 1...8")
    var levels: [Level] = []
    for index in 0..<count {
      let (down, up) = ("down_blocks.\(index)", "up_blocks.\(count - 1 - index)")
      var level = Level(
        width: try shapes.length(
          0, of: "\(down).resnets.0.conv2.weight", "\(down).resnets.0.conv2.bias",
          "\(down).resnets.0.norm2.weight"),
        layerCount: shapes.count("\(down).resnets"))
      level.attendsGoingDown = shapes.has("\(down).attentions.0")
      level.attendsGoingUp = shapes.has("\(up).attentions.0")
      let blocks =
        [down, up].map { shapes.count("\($0).attentions.0.transformer_blocks") }
        + (index == count - 1 ? [shapes.count("mid_block.attentions.0.transformer_blocks")] : [])
      level.transformerDepth = max(blocks.max() ?? 1, 1)
      levels.append(level)
    }
    let widths = levels.map(\.width)
    let headCount = StoredShapes.commonDivisor(8, widths)
    for index in levels.indices { levels[index].headCount = headCount }
    let text = "mid_block.attentions.0.transformer_blocks.0.attn2"
    self.init(
      inputChannels: try shapes.length(1, of: "conv_in.weight"),
      outputChannels: try shapes.length(0, of: "conv_out.weight", "conv_out.bias"),
      levels: levels,
      contextWidth: try shapes.length(1, of: "\(text).to_k.weight", "\(text).to_v.weight"),
      groupCount: StoredShapes.commonDivisor(32, widths),
      usesLinearProjection: shapes.rank("mid_block.attentions.0.proj_in.weight") == 2)
    try validate()
  }
}
