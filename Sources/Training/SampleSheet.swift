import Imaging
import Platform

/// A contact sheet of examples: picture, target and the model's answer side by side.
struct SampleSheet {
  let size: Int

  /// `count` examples, spread over the list and over its tasks.
  static func choose(_ count: Int, of examples: [TrainingExample]) -> [TrainingExample] {
    guard count > 0, !examples.isEmpty else { return [] }
    let byTask = Dictionary(grouping: examples, by: \.task)
    let tasks = byTask.keys.sorted { $0.rawValue < $1.rawValue }
    return (0..<min(count, examples.count)).compactMap { index in
      guard let members = byTask[tasks[index % tasks.count]] else { return nil }
      let position = index / tasks.count
      return members[(position * 7919 + 13 * index) % members.count]
    }
  }

  /// Draws one row per two examples and writes the sheet.
  ///
  /// - Parameter answer: from an example and its target to the answer's picture.
  func write(
    _ examples: [TrainingExample], to path: String,
    answer: (TrainingExample, Image) throws -> Image
  ) throws {
    let gap = 4
    let columns = min(2, examples.count)
    let rows = (examples.count + columns - 1) / columns
    let cellWidth = 3 * (size + gap) + gap
    var sheet = Image(
      width: columns * cellWidth + gap, height: rows * (size + gap) + gap,
      filledWith: Color(245, 245, 245))
    for (index, example) in examples.enumerated() {
      let target = try PictureLoading.square(example.targetPath, side: size)
      let shown = [
        try PictureLoading.square(example.picturePath, side: size), target,
        try answer(example, target),
      ]
      let left = gap + (index % columns) * cellWidth
      let top = gap + (index / columns) * (size + gap)
      for (column, picture) in shown.enumerated() {
        sheet.paste(picture, x: left + column * (size + gap), y: top)
      }
    }
    try PNG.write(sheet, to: path)
  }
}
