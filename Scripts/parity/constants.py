"""What the scripts of this folder have to agree on."""

INSTRUCTION = "Segment the dog in this picture, please."
# InstructPix2Pix's; `instructcv model check` has the same for trajectories.
TEXT_GUIDANCE, IMAGE_GUIDANCE = 7.5, 1.5

# The whole pipeline: side of the picture, sampler steps, seed of the noise.
PIPELINE_SIDE, PIPELINE_STEPS, PIPELINE_SEED = 256, 20, 1234
# Spacings and the layouts of the program's model. uniform: with k-diffusion's noise levels, as the
# authors' tools sample.
PIPELINES = {"uniform": "earlier", "trailing": "apart"}

# Function of layouts.py, what the table calls it, which form of the tokenizer it has: fast is
# tokenizer.json, slow vocab.json and merges.txt.
LAYOUTS = {
    "today": ("diffusers folder of today", "fast"),
    "earlier": ("diffusers folder, prefix, two vocabulary files", "slow"),
    "pickles": ("diffusers folder, .bin, former names", "slow"),
    "variant": ("diffusers folder, .fp16 variant", "fast"),
    "shards": ("diffusers folder, shards", "fast"),
    "checkpoint": ("CompVis .ckpt", "slow"),
    "averages": ("Lightning .ckpt with averages, fp16", "slow"),
    "single": ("CompVis .safetensors", "slow"),
    "apart": ("diffusers folder, autoencoder apart", "fast"),
}
