#!/bin/sh
# Makes every figure and number of this folder; `make answers` calls it after it has removed the old
# ones. What a program prints goes to output/, its pictures come here; the pages quote both.
#
# Give names of parts, such as question5, to make these only. Trainings that are there are kept.
set -eu
cd "$(dirname "$0")/../.."

answers=docs/answers
runs=runs/answers
simple1=$runs/mnist1/arch=simple_seed  # After one epoch; a number of a seed follows.
simple3=$runs/mnist3/arch=simple_seed  # After three.
fashion3=$runs/fashion3/arch=simple_seed
first16=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15

# print NAME PROGRAM FLAG...: runs a program and keeps the command and what it prints.
print() {
  name=$1
  shift
  command="python -m experiments.$(quoted "$@")"
  echo "$name: $command"
  .venv/bin/python -m "experiments.$@" >"$answers/output/$name.partial"
  { echo "$ $command"; cat "$answers/output/$name.partial"; } >"$answers/output/$name.txt"
  rm "$answers/output/$name.partial"
}

# quoted WORD...: the words as a shell wants them typed; a semicolon needs quotes.
quoted() {
  line=
  for word in "$@"; do
    case $word in
      *";"*) line="$line \"$word\"" ;;
      *) line="$line $word" ;;
    esac
  done
  echo "${line# }"
}

# figure RUN PLOT NAME: takes a picture of a run over; the plot's name may have wildcards.
figure() {
  cp "$1/plots/"$2.png "$answers/$3.png"
}

trainings() {
  print sweep_mnist3 sweep --sweep_dir=$runs/mnist3 --fix=epochs=3 --fix=checkpoint_steps=469 \
    "--vary=arch=simple;mlp" "--vary=seed=0;1;2"
  print sweep_mnist1 sweep --sweep_dir=$runs/mnist1 --fix=epochs=1 \
    "--vary=arch=simple;mlp" "--vary=seed=0;1;2;3;4"
  print sweep_momentum sweep --sweep_dir=$runs/momentum --fix=epochs=1 --fix=momentum=0 \
    "--vary=learning_rate=0.08;0.2" "--vary=seed=0;1;2;3;4"
  print sweep_schedule sweep --sweep_dir=$runs/schedule --fix=epochs=1 --fix=schedule=constant \
    "--vary=learning_rate=0.08;0.02" "--vary=seed=0;1;2;3;4"
  print sweep_l2 sweep --sweep_dir=$runs/l2 --fix=epochs=3 \
    "--vary=l2=0" "--vary=seed=0;1;2"
  print sweep_fashion3 sweep --sweep_dir=$runs/fashion3 --fix=epochs=3 \
    --fix=dataset=fashion_mnist "--vary=arch=simple;mlp" "--vary=seed=0;1;2"
}

question1() { # Where do filters come from?
  print q1_weights weights --run_dir=${simple3}=0 --checkpoints=all
  figure ${simple3}=0 kernels_over_time_conv1 q1_kernels_conv1
  figure ${simple3}=0 kernels_over_time_conv3 q1_kernels_conv3
  print q1_birth maximize --run_dir=${simple3}=0 --layer=conv3 --filters=0,1,2,3,4,5 \
    --checkpoints=all
  figure ${simple3}=0 birth_conv3_filters0to5 q1_patterns_conv3
}

question2() { # Do two trainings give the same filters, in the same order?
  print q2_compare1 compare --layer=conv1 \
    --run_dirs=${simple1}=0,${simple1}=1,${simple1}=2,${simple1}=3,${simple1}=4
  figure ${simple1}=0 compare_5_runs_???????? q2_compare
  figure ${simple1}=0 pairs_conv1_5_runs_???????? q2_pairs_conv1
  print q2_compare3 compare --run_dirs=${simple3}=0,${simple3}=1,${simple3}=2 --layer=conv3
  figure ${simple3}=0 pairs_conv3_3_runs_???????? q2_pairs_conv3
}

question3() { # What does a CNN see at which layer?
  print q3_activations activations --run_dir=${simple3}=0 --index=7
  figure ${simple3}=0 activations_7 q3_decision
  for layer in conv1 pool1 conv2 pool2 conv3 dense1; do
    figure ${simple3}=0 activations_7_$layer q3_$layer
  done
}

question4() { # What do the elements that trigger a filter look like?
  print q4_conv1 maximize --run_dir=${simple3}=0 --layer=conv1 --reduction=centre
  figure ${simple3}=0 patterns_conv1_centre q4_conv1
  print q4_conv2 maximize --run_dir=${simple3}=0 --layer=conv2 --reduction=centre \
    --filters=$first16
  figure ${simple3}=0 patterns_conv2_centre_filters0to15 q4_conv2
  print q4_conv3 maximize --run_dir=${simple3}=0 --layer=conv3
  print q4_conv3_first16 maximize --run_dir=${simple3}=0 --layer=conv3 --filters=$first16
  figure ${simple3}=0 patterns_conv3_filters0to15 q4_conv3
  figure ${simple3}=0 restarts_conv3_filters0to15 q4_restarts
}

question5() { # Concepts, or correlations of pixels?
  print q5_evidence maximize --run_dir=${simple3}=0 --layer=conv3 --filters=0,1,2,3,4,5,6,7
  figure ${simple3}=0 evidence_conv3_filters0to7 q5_evidence
  print q5_ablate ablate --run_dir=${simple3}=0 --layer=conv3
  figure ${simple3}=0 ablation_conv3_zero q5_ablation
  print q5_ablate_mean ablate --run_dir=${simple3}=0 --layer=conv3 --replacement=mean
  for filter in 0 1 3 4; do
    print q5_paste_$filter paste --run_dir=${simple3}=0 --layer=conv3 --filter=$filter
  done
  figure ${simple3}=0 paste_conv3_1 q5_paste
}

question6() { # Where and how is the classification done?
  print q6_classes classes --run_dir=${simple3}=0
  figure ${simple3}=0 class_patterns_conv3 q6_patterns
  figure ${simple3}=0 lookalikes_conv3 q6_lookalikes
  print q6_attribute attribute --run_dir=${simple3}=0 --index=7
  figure ${simple3}=0 attribution_7_9 q6_attribution
}

# Questions 7 and 8 need the tables of the sweeps only.

question9() { # The same on Fashion-MNIST.
  print q9_compare compare --layer=conv3 \
    --run_dirs=${fashion3}=0,${fashion3}=1,${fashion3}=2
  figure ${fashion3}=0 compare_3_runs_???????? q9_compare
  print q9_conv3 maximize --run_dir=${fashion3}=0 --layer=conv3
  print q9_conv3_first16 maximize --run_dir=${fashion3}=0 --layer=conv3 --filters=$first16
  figure ${fashion3}=0 patterns_conv3_filters0to15 q9_conv3
  print q9_ablate ablate --run_dir=${fashion3}=0 --layer=conv3
  figure ${fashion3}=0 ablation_conv3_zero q9_ablation
  print q9_classes classes --run_dir=${fashion3}=0
  figure ${fashion3}=0 class_patterns_conv3 q9_patterns
  figure ${fashion3}=0 lookalikes_conv3 q9_lookalikes
}

mkdir -p $answers/output
start=$(date +%s)
for part in ${@:-trainings question1 question2 question3 question4 question5 question6 question9}; do
  $part
  echo "$part done, $(($(date +%s) - start)) seconds after the start"
done
echo "written: $answers"
