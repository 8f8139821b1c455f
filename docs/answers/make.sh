#!/bin/sh
# Makes every figure and number of this folder from scratch; `make answers` calls it.
# What a program prints goes to output/, its pictures come here; the pages quote both.
set -eu
cd "$(dirname "$0")/../.."

answers=docs/answers
runs=runs/answers

# print NAME PROGRAM FLAG...: runs a program and keeps the command and what it prints.
print() {
  name=$1
  shift
  echo "$name: python -m experiments.$*"
  echo "$ python -m experiments.$*" >"$answers/output/$name.txt"
  .venv/bin/python -m "experiments.$@" >>"$answers/output/$name.txt"
}

# figure RUN PLOT NAME: takes a picture of a run over.
figure() {
  cp "$runs/$1/plots/$2.png" "$answers/$3.png"
}

start=$(date +%s)
rm -rf "$runs" "$answers/output"
mkdir -p "$answers/output"
seed0=mnist3/arch=simple_seed=0 # What questions 1 and 3 to 6 look into.

# The trainings.
print sweep_mnist1 sweep --sweep_dir=$runs/mnist1 --fix=epochs=1 \
  "--vary=arch=simple;mlp" "--vary=seed=0;1;2;3;4"
print sweep_mnist3 sweep --sweep_dir=$runs/mnist3 --fix=epochs=3 --fix=checkpoint_steps=469 \
  "--vary=arch=simple;mlp" "--vary=seed=0;1;2"
print sweep_momentum sweep --sweep_dir=$runs/momentum --fix=epochs=3 --fix=momentum=0 \
  "--vary=learning_rate=0.08;0.2" "--vary=seed=0;1;2"
print sweep_schedule sweep --sweep_dir=$runs/schedule --fix=epochs=3 --fix=schedule=constant \
  "--vary=learning_rate=0.08;0.02" "--vary=seed=0;1;2"
print sweep_l2 sweep --sweep_dir=$runs/l2 --fix=epochs=3 \
  "--vary=l2=0" "--vary=seed=0;1;2"
print sweep_fashion3 sweep --sweep_dir=$runs/fashion3 --fix=epochs=3 --fix=dataset=fashion_mnist \
  "--vary=arch=simple;mlp" "--vary=seed=0;1;2"

# 1. Where do filters come from?
print q1_weights weights --run_dir=$runs/$seed0 --checkpoints=all
figure $seed0 kernels_over_time_conv1 q1_kernels_conv1
figure $seed0 kernels_over_time_conv3 q1_kernels_conv3
print q1_birth maximize --run_dir=$runs/$seed0 --layer=conv3 --filters=0,1,2,3,4,5 \
  --checkpoints=all
figure $seed0 birth_conv3 q1_patterns_conv3

# 2. Do two trainings give the same filters, in the same order?
one=$runs/mnist1/arch=simple_seed
three=$runs/mnist3/arch=simple_seed
print q2_compare1 compare --run_dirs=$one=0,$one=1,$one=2,$one=3,$one=4 --layer=conv1
figure mnist1/arch=simple_seed=0 compare_5_runs q2_compare
figure mnist1/arch=simple_seed=0 pairs_conv1_5_runs q2_pairs_conv1
print q2_compare3 compare --run_dirs=$three=0,$three=1,$three=2 --layer=conv3
figure $seed0 pairs_conv3_3_runs q2_pairs_conv3

# 3. What does a CNN see at which layer?
print q3_activations activations --run_dir=$runs/$seed0 --index=7
figure $seed0 activations_7 q3_decision
for layer in conv1 pool1 conv2 pool2 conv3 dense1; do
  figure $seed0 activations_7_$layer q3_$layer
done

# 4. What do the elements that trigger a filter look like?
first16=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
print q4_conv1 maximize --run_dir=$runs/$seed0 --layer=conv1 --reduction=centre
figure $seed0 patterns_conv1_centre q4_conv1
print q4_conv2 maximize --run_dir=$runs/$seed0 --layer=conv2 --reduction=centre
print q4_conv2_first16 maximize --run_dir=$runs/$seed0 --layer=conv2 --reduction=centre \
  --filters=$first16
figure $seed0 patterns_conv2_centre q4_conv2
print q4_conv3 maximize --run_dir=$runs/$seed0 --layer=conv3
print q4_conv3_first16 maximize --run_dir=$runs/$seed0 --layer=conv3 --filters=$first16
figure $seed0 patterns_conv3 q4_conv3
figure $seed0 restarts_conv3 q4_restarts_conv3

# 5. Concepts, or correlations of pixels?
print q5_evidence maximize --run_dir=$runs/$seed0 --layer=conv3 --filters=0,1,2,3,4,5,6,7
figure $seed0 evidence_conv3 q5_evidence
print q5_ablate ablate --run_dir=$runs/$seed0 --layer=conv3
figure $seed0 ablation_conv3_zero q5_ablation
print q5_ablate_mean ablate --run_dir=$runs/$seed0 --layer=conv3 --replacement=mean
for filter in 0 1 2 3; do
  print q5_paste_$filter paste --run_dir=$runs/$seed0 --layer=conv3 --filter=$filter
done
figure $seed0 paste_conv3_0 q5_paste

# 6. Where and how is the classification done?
print q6_classes classes --run_dir=$runs/$seed0
figure $seed0 class_patterns_conv3 q6_patterns
figure $seed0 lookalikes_conv3 q6_lookalikes
print q6_attribute attribute --run_dir=$runs/$seed0 --index=7
figure $seed0 attribution_7_9 q6_attribution

# 9. The same on Fashion-MNIST.
fashion=fashion3/arch=simple_seed
print q9_compare compare --layer=conv3 \
  --run_dirs=$runs/$fashion=0,$runs/$fashion=1,$runs/$fashion=2
figure $fashion=0 compare_3_runs q9_compare
print q9_conv3 maximize --run_dir=$runs/$fashion=0 --layer=conv3
print q9_conv3_first16 maximize --run_dir=$runs/$fashion=0 --layer=conv3 --filters=$first16
figure $fashion=0 patterns_conv3 q9_conv3
print q9_ablate ablate --run_dir=$runs/$fashion=0 --layer=conv3
figure $fashion=0 ablation_conv3_zero q9_ablation
print q9_classes classes --run_dir=$runs/$fashion=0
figure $fashion=0 class_patterns_conv3 q9_patterns
figure $fashion=0 lookalikes_conv3 q9_lookalikes

echo "written: $answers, in $((($(date +%s) - start) / 60)) minutes"
